"""The profiles: what is true everywhere, and a cluster's."""

import re

import yaml

from tests.project import ROOT

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
    assert {name for name, text in rules().items() if "mem_mb=plan.megabytes" in text} == scheduled.keys()


def test_what_is_true_everywhere_is_true_on_a_cluster():
    """The one profile replaces the other. One GPU at a time is for a machine without a scheduler."""
    everywhere = {key: value for key, value in DEFAULT.items() if key != "resources"}
    assert {key: SLURM.get(key) for key in everywhere} == everywhere


def test_cancelled_jobs_are_seen_to_have_ended():
    """The plugin compares sacct's "CANCELLED by <user>" with "CANCELLED" and waits for such a job for ever."""
    assert SLURM["slurm-status-command"] == "squeue"


def test_sites_are_named_nowhere_else():
    others = [ROOT / "Snakefile", ROOT / "config.yaml", *(ROOT / "rules").glob("*"), *(ROOT / "configs").glob("*")]
    named = re.compile(r"slurm_partition|slurm_account|gpu_model|constraint:")
    assert [path for path in others if named.search(path.read_text())] == []
