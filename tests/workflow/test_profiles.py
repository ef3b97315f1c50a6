"""The profiles: what is true everywhere, and a cluster's."""

import re

import pytest
import yaml

from tests.forked import forked
from tests.project import ROOT, Project, environment

DEFAULT, SLURM = (yaml.safe_load((ROOT / f"profiles/{name}/profile.yaml").read_text()) for name in ("default", "slurm"))


def rules():
    """Return name -> text of every rule; that of one that takes over another's is both texts."""
    text = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    found = re.findall(r"^(?:use )?rule (\w+)(?: as (\w+) with)?:\n((?:[ \n].*\n?)*)", text, re.MULTILINE)
    texts = {name: block for name, other, block in found if not other}
    return texts | {name: texts[base] + block for base, name, block in found if name}


def test_exactly_the_rules_with_a_gpu_go_to_its_partition():
    with_gpu = {name for name, text in rules().items() if "gpu=" in text}
    assert SLURM["set-resources"].keys() == with_gpu
    partitions = {resources["slurm_partition"] for resources in SLURM["set-resources"].values()}
    assert len(partitions) == 1 and partitions != {SLURM["default-resources"]["slurm_partition"]}


def test_jobs_run_where_the_snakefile_says():
    """And a rule asks for time and memory by the size of the data exactly where a cluster schedules its jobs."""
    said = re.findall(r"^# (GPU|CPU) node: ((?:.*\n)(?:# {11}.*\n)*)", (ROOT / "Snakefile").read_text(), re.MULTILINE)
    said = {node: set(re.findall(r"\w+", names)) for node, names in said}
    scheduled = {name: text for name, text in rules().items() if "localrule: True" not in text}
    with_gpu = {name for name, text in scheduled.items() if "gpu=" in text}
    assert said == {"GPU": with_gpu, "CPU": scheduled.keys() - with_gpu}
    assert {
        name for name, text in rules().items() if re.search(r"mem_mb=plan\.(requests|tagging)\.megabytes", text)
    } == scheduled.keys()


def test_what_is_true_everywhere_is_true_on_a_cluster():
    """The one profile replaces the other. One GPU at a time is for a machine without a scheduler."""
    everywhere = {key: value for key, value in DEFAULT.items() if key != "resources"}
    assert {key: SLURM.get(key) for key in everywhere} == everywhere


def test_cancelled_jobs_are_seen_to_have_ended():
    """The plugin compares sacct's "CANCELLED by <user>" with "CANCELLED" and waits for such a job for ever."""
    assert SLURM["slurm-status-command"] == "squeue"


def test_sites_are_named_nowhere_else():
    others = [
        ROOT / "Snakefile",
        ROOT / "config.yaml",
        *(ROOT / "rules").glob("*"),
        *(ROOT / "configs").rglob("*.yaml"),
    ]
    named = re.compile(r"slurm_partition|slurm_account|gpu_model|constraint:")
    assert [path for path in others if named.search(path.read_text())] == []


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A checkout; SLURM is stood in for by programs that say nothing, and by an sbatch that notes how it is called."""
    project = Project(tmp_path_factory.mktemp("profiles") / "project")
    programs = dict.fromkeys(["squeue", "sacct", "sacctmgr", "scontrol", "sinfo", "scancel"], "exit 0")
    (project.folder / "bin").mkdir()
    for name, command in (programs | {"sbatch": 'printf "%s\\n" "$@" > submitted; exit 1'}).items():
        (project.folder / "bin" / name).write_text(f"#!/bin/sh\n{command}\n")
        (project.folder / "bin" / name).chmod(0o755)
    return project


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        ([], "--gpus=1"),
        (["gpu_model"], "--gpus=a100:1"),
        (["gpu", "gres"], "--gres=gpu:1"),
    ],
    ids=" ".join,
)
def test_what_the_head_of_the_profile_offers_is_how_a_gpu_is_asked_for(project, lines, asked):
    """The lines as they stand there, without the # in front of them: a site may take --gres and no --gpus."""
    text = (ROOT / "profiles/slurm/profile.yaml").read_text()
    for line in lines:
        text, changed = re.subn(rf"^    # ({line}: )", r"    \1", text, flags=re.MULTILINE)
        assert changed == 1
    (project.folder / "profiles/slurm/profile.yaml").write_text(text)
    path = {"PATH": f"{project.folder / 'bin'}:{environment()['PATH']}"}
    options = ["--config", "device=cuda", "--retries", "0", "--slurm-init-seconds-before-status-checks", "1"]
    target = "results/fsdkaggle2018-demo/systems/dorfer-a/speed.csv"  # needs no other job
    command = ["--workflow-profile", "profiles/slurm", *options, "--", target]
    _, printed = forked(project.folder, environment() | path, *command)
    submitted = (project.folder / "submitted").read_text().splitlines()
    assert [argument for argument in submitted if argument.startswith(("--gpus", "--gres"))] == [asked], printed
