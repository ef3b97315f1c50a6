"""What planning remembers from run to run: known by content alone, and only ever a saving of time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASK = """
import sys
from workflow_scripts.study.memo import recall
code, *texts = sys.argv[1:]
for text in texts:
    print(recall(code, text, lambda: print("work on", text) or [text.upper()]))
"""


@pytest.fixture
def ask(tmp_path):
    """Return a function to the lines that a new process prints, in a folder where Snakemake works."""
    (tmp_path / ".snakemake").mkdir()
    (tmp_path / "code.py").write_text("1")

    def lines(*texts):
        command = [sys.executable, "-c", ASK, "code.py", *texts]
        environment = {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout.splitlines()

    return lines


def test_the_same_text_is_worked_on_once(ask):
    assert ask("a", "a") == ["work on a", "['A']", "['A']"]
    assert ask("a", "b") == ["['A']", "work on b", "['B']"]
    assert ask("a", "b") == ["['A']", "['B']"]


def test_another_version_of_the_code_works_anew(ask, tmp_path):
    ask("a")
    (tmp_path / "code.py").write_text("2")
    assert ask("a") == ["work on a", "['A']"]


@pytest.mark.parametrize("content", ["", '{"a', "[1]", "\0"])
def test_a_damaged_file_is_as_good_as_none(ask, tmp_path, content):
    file = tmp_path / ".snakemake/plan.json"
    file.write_text(content)
    assert ask("a") == ["work on a", "['A']"]
    assert list(json.loads(file.read_text()).values()) == [["A"]]
    assert [path.name for path in file.parent.iterdir()] == ["plan.json"]


def test_nothing_is_written_where_snakemake_does_not_work(ask, tmp_path):
    (tmp_path / ".snakemake").rmdir()
    ask("a")
    assert [path.name for path in tmp_path.iterdir()] == ["code.py"]
