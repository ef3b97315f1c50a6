"""A stage's settings: what its command line takes and refuses, and that a plan gives every stage those it declares."""

import importlib
import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from tests.project import ROOT, Project
from tests.tfrecords import EmbeddingSet
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.settings import read_settings


@dataclass(frozen=True)
class Settings:
    classes: list[str] | None
    rate: float
    shares: dict[str, float] = field(default_factory=dict)
    rounds: list[tuple[str, int]] = field(default_factory=list)
    loud: bool = False
    more: dict | None = None


NEEDED = {"classes": None, "rate": 0.5}


def test_values_come_with_their_types_and_what_is_optional_may_be_missing():
    assert read_settings(Settings, NEEDED, "hear") == Settings(None, 0.5)
    given = {"classes": ["Bark"], "rate": 2, "shares": {"a": 1}, "rounds": [["b", 1]], "loud": True, "more": {"x": [1]}}
    found = read_settings(Settings, given, "hear")
    assert found == Settings(["Bark"], 2, {"a": 1}, [("b", 1)], True, {"x": [1]})
    assert type(found.rate) is int, "nothing is computed with it otherwise than the plan says"


def test_the_keys_of_the_fingerprint_are_no_settings_unless_declared():
    of_plan = {"code": "0123", "modules": ["a"]}
    assert read_settings(Settings, NEEDED | of_plan, "hear") == Settings(None, 0.5)

    @dataclass(frozen=True)
    class OfCode:
        code: str

    assert read_settings(OfCode, of_plan, "hear") == OfCode("0123")
    with pytest.raises(UserError, match=r"^hear: the key 'code' is missing"):
        read_settings(OfCode, {}, "hear")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classes": "Bark"}, "classes is 'Bark', which is no list[str] | None"),
        ({"classes": [1]}, "classes is [1], which is no list[str] | None"),
        ({"rate": "0.5"}, "rate is '0.5', which is no float"),
        ({"rate": True}, "rate is True, which is no float"),
        ({"rate": None}, "rate is None, which is no float"),
        ({"loud": 1}, "loud is 1, which is no bool"),
        ({"shares": {"a": "b"}}, "shares is {'a': 'b'}, which is no dict[str, float]"),
        ({"shares": [0.5]}, "shares is [0.5], which is no dict[str, float]"),
        ({"rounds": [["b"]]}, "rounds is [['b']], which is no list[tuple[str, int]]"),
        ({"rounds": [["b", 1.5]]}, "rounds is [['b', 1.5]], which is no list[tuple[str, int]]"),
        ({"more": []}, "more is [], which is no dict | None"),
    ],
)
def test_a_value_of_another_type_is_one_line(changes, words):
    with pytest.raises(UserError) as error:
        read_settings(Settings, NEEDED | changes, "hear")
    assert str(error.value) == f"hear: settings: {words}; see --help"


# ------------------------------------------------------------------ the command line


def make_folds(*arguments, **settings):
    files = {"clips": "none.csv", "folds": "none/folds.csv", "settings": json.dumps(settings)}
    command = [sys.executable, "-m", "workflow_scripts.data.make_folds", *arguments]
    command += [part for name, value in files.items() for part in (f"--{name}", value)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"folds": 2, "seed": 1, "sed": 2},
            "make_folds: there is no key 'sed' in its settings; the keys are folds, held_out, seed; see --help",
        ),
        ({"folds": 2}, "make_folds: the key 'seed' is missing in its settings; see --help"),
        ({"folds": "2", "seed": 1}, "make_folds: settings: folds is '2', which is no int | None; see --help"),
    ],
)
def test_a_stage_ends_with_one_line_where_its_settings_are_not_those_that_it_declares(tmp_path, settings, line):
    done = make_folds("--log", str(tmp_path / "log"), **settings)
    assert (done.returncode, done.stderr) == (1, f"error: {line}\n")
    assert line in (tmp_path / "log").read_text()


def test_help_shows_the_fields_with_what_they_mean():
    done = make_folds("--help")
    assert done.returncode == 0
    assert "settings:\n    folds: int | None  # how many, at least 2\n    seed: int\n" in done.stdout


# ------------------------------------------------------------------ the plan


def test_what_is_planned_for_the_demo_fits_every_stage(tmp_path):
    """By a dry run of all that one can ask for: each job's settings are read as the job would."""
    project = Project(tmp_path / "project")
    (project.folder / "sounds").mkdir()
    (project.folder / "sounds/a.wav").touch()
    config = project.config() | {"tagging": {"mine": {"sounds": "sounds"}}}
    config["systems"] += ["yamnet-linear", "vggish-finetuned"]
    config["noise_policies"] |= {"policies": ["none", "relabelling", "lq-prune", "forward-correction"], "seeds": [1]}
    config["noise_robustness"] |= {"policies": ["none"], "kinds": ["uniform"], "rates": [0, 0.2], "seeds": [1]}
    config["task4"]["dataset"] = "dcase2018-task4-demo"
    project.write_config(config)
    data = f"results/{config['dataset']}"
    targets = ["results/task2_ensemble.csv", "results/task4_events.csv", "results/systems.csv"]
    targets += [f"{data}/{name}" for name in ("noise_policies.csv", "tags/mine.csv", "data_report.csv")]
    targets += [f"{data}/noise_robustness.csv"]
    targets += [f"{data}/{name}" for name in ("costs.csv", "training_hours.csv", "near_duplicates.csv")]
    status, printed = project.run("--dry-run", "--printshellcmds", *targets)
    assert status == 0, printed
    project.write_config(config | {"dataset": str(EmbeddingSet(tmp_path).file)})
    status, of_embeddings = project.run("--dry-run", "--printshellcmds", "results/mine/features/audioset/frames.npy")
    assert status == 0, of_embeddings

    planned = set()
    for command in re.findall(r"python -m workflow_scripts\.(.+)", printed + of_embeddings):
        stage, *arguments = shlex.split(command)
        module = importlib.import_module(f"workflow_scripts.{stage}")
        if hasattr(module, "Settings"):
            read_settings(module.Settings, json.loads(arguments[arguments.index("--settings") + 1]), stage)
        planned.add(stage)
    rules = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    assert planned == set(re.findall(r"python -m workflow_scripts\.([\w.]+)", rules))
