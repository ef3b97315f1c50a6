"""Whole files or none, one clear line for a mistake, and seeds."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.project import ROOT
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.seeds import derive_seed

# ------------------------------------------------------------------ files


def test_a_file_appears_when_it_is_complete(tmp_path):
    target = tmp_path / "new" / "file.txt"
    with written_whole(target) as partial:
        partial.write_text("all")
        assert not target.exists()
    assert target.read_text() == "all"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("old", [None, "old"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, old):
    target = tmp_path / "file.txt"
    if old:
        target.write_text(old)
    with pytest.raises(RuntimeError), written_whole(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert [path.read_text() for path in tmp_path.iterdir()] == ([old] if old else [])


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "folder"
    for name in ("old", "new"):
        with written_whole(target) as partial:
            partial.mkdir()
            (partial / name).touch()
    assert [path.name for path in target.iterdir()] == ["new"]


# ------------------------------------------------------------------ stages

STAGE = """
from pathlib import Path
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.stage import run

def main(*, inputs: list[Path], output: Path, number: int, extra: Path | None = None, settings: dict):
    {body}

run(main)
"""


def stage(tmp_path, body, *arguments):
    script = tmp_path / "stage.py"
    script.write_text(textwrap.dedent(STAGE).format(body=body))
    standard = [
        "--inputs",
        "a",
        "b",
        "--output",
        "c",
        "--number",
        "3",
        "--settings",
        '{"x": [1]}',
        "--log",
        "logs/s.log",
    ]
    command = [sys.executable, str(script), *standard, *arguments]
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    log = tmp_path / "logs/s.log"
    return done, log.read_text() if log.exists() else ""


def test_a_stage_gets_its_arguments_with_their_types(tmp_path):
    done, log = stage(tmp_path, "print(inputs, output, number + 1, extra, settings['x'])", "--extra", "d")
    paths = [Path("a"), Path("b")]
    assert done.stdout.strip() == f"{paths} c 4 d [1]"
    assert "worked for" in log


def test_a_users_mistake_is_one_line_without_traceback(tmp_path):
    done, log = stage(tmp_path, "raise UserError('a.csv, line 3: mend it')")
    assert done.returncode == 1
    assert done.stderr == "error: a.csv, line 3: mend it\n"
    assert "a.csv, line 3: mend it" in log
    assert "Traceback" not in log


def test_an_unexpected_failure_keeps_its_traceback_in_the_log(tmp_path):
    done, log = stage(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "logs/s.log" in done.stderr
    assert "ZeroDivisionError" in log


# ------------------------------------------------------------------ seeds


def test_seeds_depend_on_every_part_and_on_nothing_else():
    seeds = {derive_seed(2018, system, number, fold) for system in "ab" for number in range(3) for fold in range(4)}
    assert len(seeds) == 24
    assert derive_seed(2018, "a", 1, 2) == derive_seed(2018, "a", 1, 2)
    assert all(0 <= seed < 2**63 for seed in seeds)
