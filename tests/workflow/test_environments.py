"""The environments for conda and Apptainer hold what the pip lock says, and nothing else."""

import os
import re
import sys
from importlib.metadata import requires
from pathlib import Path

import yaml

from tests.project import ROOT

LOCK = (ROOT / "envs/requirements.txt").read_text()


def pins(text):
    return [pin for line in text.splitlines() if (pin := line.split("#")[0].strip())]


PINS = pins(LOCK)
EMBEDDINGS = pins((ROOT / "envs/requirements-embeddings.txt").read_text())
CONDA = yaml.safe_load((ROOT / "envs/environment.yaml").read_text())["dependencies"]
APPTAINER = (ROOT / "envs/apptainer.def").read_text()


def test_every_pin_is_one_exact_version():
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in PINS), PINS
    names = [re.split("==", pin)[0].lower().replace("_", "-") for pin in PINS]
    assert len(names) == len(set(names))


def test_what_runs_pretrained_networks_comes_with_the_lock_and_all_that_it_needs():
    first, *own = EMBEDDINGS
    assert first == "-r requirements.txt"
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in own), own
    named = [normal(pin) for pin in PINS + own]
    assert len(named) == len(set(named))
    for pin in own:
        needed = [one for one in requires(pin.split("==")[0]) or [] if "extra ==" not in one]
        assert {normal(one) for one in needed} <= {*named}, pin


def normal(requirement):
    return re.match(r"[\w.-]+", requirement)[0].rstrip(".").lower().replace("_", "-").replace(".", "-")


def test_the_conda_environment_has_the_pins_of_the_lock():
    assert CONDA[-1] == {"pip": PINS}


def test_the_container_installs_the_lock_itself_and_no_other_package():
    copied = re.search(r"%files\n\s+(\S+) (\S+)\n", APPTAINER).groups()
    assert copied[0] == "envs/requirements.txt"
    installed = re.findall(r"pip\S* install (.+)", APPTAINER)
    assert installed == [f"--no-cache-dir -r {copied[1]}"]


def test_all_have_the_python_that_the_project_is_written_for():
    target = re.search(r'target-version = "py(\d)(\d+)"', (ROOT / "pyproject.toml").read_text())
    version = ".".join(target.groups())
    assert f"python={version}" in CONDA
    assert re.search(r"^From: python:([\d.]+)-", APPTAINER, re.MULTILINE)[1] == version


def test_every_rule_names_the_conda_environment():
    """Else `--sdm conda` would run it with whatever Python runs Snakemake."""
    for path in (ROOT / "rules").glob("*.smk"):
        rules = re.findall(r"^rule \w+:\n(?:[ \n].*\n?)*", path.read_text(), re.MULTILINE)
        assert all('    conda:\n        "../envs/environment.yaml"\n' in rule for rule in rules), path


APPTAINER_STAND_IN = """#!/bin/sh
[ "$1" = --version ] && { echo apptainer version 1.4.0; exit; }
while [ "${1%.sif}" = "$1" ]; do shift; done
echo "$1" >> calls.txt
shift
exec "$@"
"""


def test_with_a_container_every_job_runs_in_that_of_the_definition(built, tmp_path, monkeypatch):
    """By a program that stands in for Apptainer: it notes the image and runs the command outside of it."""
    project = built.copy(tmp_path / "project")
    image = "envs/tagging.sif"
    (project.folder / image).touch()
    stand_in = tmp_path / "bin" / "apptainer"
    stand_in.parent.mkdir()
    stand_in.write_text(APPTAINER_STAND_IN)
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    again = ["--forcerun", "list_clips", "inspect_audio", "--rerun-triggers", "mtime", "--"]
    again.append("results/fsdkaggle2018-demo/clips.csv")
    jobs = sum(project.planned(*again).values())
    assert jobs == 3
    status, printed = project.run("--sdm", "apptainer", *again)
    assert status == 0, printed
    assert (project.folder / "calls.txt").read_text().splitlines() == [image] * jobs
