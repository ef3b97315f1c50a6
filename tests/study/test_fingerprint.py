"""What changes a fingerprint and what does not."""

import json
import shutil
import subprocess
import sys

import pytest

from workflow_scripts.study import fingerprint as module
from workflow_scripts.study.fingerprint import PACKAGE, ROOT, check_code, code_hash, fingerprint


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small project: stage -> helper -> deeper, stage -> package with __init__; a part; an unrelated module."""
    package = tmp_path / PACKAGE
    (package / "sub").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "stage.py").write_text(
        f"from {PACKAGE} import helper\nfrom {PACKAGE}.sub.deep import value\n\n\ndef main():\n    return value\n"
    )
    (package / "helper.py").write_text(f"import {PACKAGE}.deeper\n\nX = 1  # comment\n")
    (package / "deeper.py").write_text('"""Docstring."""\n\n\ndef f(a, b):\n    """More."""\n    return a - b\n')
    (package / "sub" / "__init__.py").write_text("")
    (package / "sub" / "deep.py").write_text("value = 1\n")
    (package / "sub" / "part.py").write_text("value = 2\n")
    (package / "unrelated.py").write_text("value = 3\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)

    def hash_now(*names):
        clear_caches()
        return code_hash(tuple(f"{PACKAGE}.{name}" for name in names or ("stage",)))

    yield package, hash_now
    clear_caches()


def clear_caches():
    for cached in (module.code_hash, module._closure, module._imports, module._source, module._read):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("stage.py", "return value", "return value + 1"),
        ("helper.py", "X = 1", "X = 2"),
        ("deeper.py", "a - b", "b - a"),
        ("sub/deep.py", "1", "7"),
        ("sub/__init__.py", "", "value = 0\n"),
    ],
)
def test_an_edit_of_used_code_changes_the_hash_and_its_reversal_restores_it(project, file, old, new):
    package, hash_now = project
    before, text = hash_now(), (package / file).read_text()
    (package / file).write_text(text.replace(old, new) if old else new)
    assert hash_now() != before
    (package / file).write_text(text)
    assert hash_now() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("helper.py", "# comment", "# another remark"),
        ("helper.py", "X = 1", "\n\n\nX = 1"),
        ("deeper.py", '"""Docstring."""', '"""Other words,\non two lines."""'),
        ("deeper.py", '    """More."""\n', ""),
        ("stage.py", "\n\n\ndef", '\n"""A remark."""\n\n\ndef'),
        ("unrelated.py", "3", "4"),
        ("sub/part.py", "2", "4"),
    ],
)
def test_comments_docstrings_blank_lines_and_unused_modules_do_not(project, file, old, new):
    package, hash_now = project
    before, text = hash_now(), (package / file).read_text()
    assert old in text
    (package / file).write_text(text.replace(old, new))
    assert hash_now() == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("if a:\n    b()\nc()\n", "if a:\n    b()\n    c()\n"),
        ("a\n-b\n", "a - b\n"),
        ("x = 'a # b'\n", "x = 'a # c'\n"),
    ],
)
def test_layout_that_means_something_counts(project, one, other):
    package, hash_now = project
    (package / "stage.py").write_text(one)
    before = hash_now()
    (package / "stage.py").write_text(other)
    assert hash_now() != before


def test_a_named_part_counts_only_where_it_is_named(project):
    package, hash_now = project
    with_part = hash_now("stage", "sub.part")
    assert with_part != hash_now()
    (package / "sub" / "part.py").write_text("value = 22\n")
    assert hash_now("stage", "sub.part") != with_part


def test_a_copy_elsewhere_has_the_same_hash(project, tmp_path, monkeypatch):
    package, hash_now = project
    before = hash_now()
    shutil.copytree(package, tmp_path / "clone" / PACKAGE)
    monkeypatch.setattr(module, "ROOT", tmp_path / "clone")
    assert hash_now() == before


def test_fingerprint_is_one_canonical_text():
    one = fingerprint("data.make_folds", folds=4, held_out=None, seed=1)
    assert one == fingerprint("data.make_folds", seed=1, held_out=None, folds=4)
    assert one != fingerprint("data.make_folds", folds=1, held_out=None, seed=4), "two values swapped must show"
    modules = ["workflow_scripts.data.make_folds"]
    settings = {"folds": 4, "held_out": None, "seed": 1}
    assert json.loads(one) == {"code": code_hash(tuple(modules)), "modules": modules, **settings}


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"folds": 2, "sed": 1},
            "data.make_folds: there is no key 'sed' in its settings; the keys are folds, held_out, seed",
        ),
        ({"folds": 2, "held_out": None}, "data.make_folds: the key 'seed' is missing in its settings"),
    ],
)
def test_settings_that_the_stage_does_not_declare_are_refused_when_a_run_is_planned(settings, line):
    with pytest.raises(ValueError) as error:
        fingerprint("data.make_folds", **settings)
    assert str(error.value) == line


def test_what_has_a_default_may_be_left_out_of_a_plan(project):
    package, _ = project
    (package / "hear.py").write_text(
        "from dataclasses import dataclass, field\n\n\n@dataclass(frozen=True)\nclass Settings:\n"
        '    """What to listen to."""\n\n    rate: float\n    code: str\n'
        "    classes: list[str] = field(default_factory=list)\n"
    )
    assert json.loads(fingerprint("hear", rate=1.5))["rate"] == 1.5
    assert json.loads(fingerprint("hear", rate=1, classes=["a"]))["classes"] == ["a"]
    with pytest.raises(ValueError, match=r"^hear: the key 'rate' is missing"):
        fingerprint("hear", classes=["a"])
    assert json.loads(fingerprint("sub.part", anything=1))["anything"] == 1, "a module that declares none"


def test_planning_reads_what_a_stage_declares_without_importing_it():
    code = (
        "import sys; from workflow_scripts.study.fingerprint import fingerprint;"
        "fingerprint('fusion.average_systems', task='t', classes=[], fusion='x');"
        "print({'numpy', 'pandas', 'torch', 'workflow_scripts.fusion.average_systems'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"


def test_a_job_refuses_to_run_other_code_than_was_planned(tmp_path):
    """Its result would be recorded, and cached, as that of the planned code."""
    planned = json.loads(fingerprint("data.make_folds", folds=2, held_out=None, seed=1))
    check_code(planned)
    arguments = {"clips": "none.csv", "folds": tmp_path / "folds", "log": tmp_path / "log"}
    arguments["settings"] = json.dumps(planned | {"code": "0123456789ab"})
    command = [sys.executable, "-m", "workflow_scripts.data.make_folds"]
    command += [part for name, value in arguments.items() for part in (f"--{name}", value)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: the code was edited since this run was planned; run the same command again\n"


def test_every_project_import_is_found_in_the_real_closure():
    """What train_model imports when it runs is what the hash covers, but for what only watches the work."""
    code = (
        "import sys, workflow_scripts.training.train_model;"
        "print(*sorted(m for m in sys.modules if m.startswith('workflow_scripts')))"
    )
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=module.ROOT)
    files = {module._source(name) for name in imported.stdout.split()}
    watching = set().union(*(module._closure(module._source(name)) for name in module.WITHOUT_EFFECT))
    covered = module._closure(module._source("workflow_scripts.training.train_model"))
    assert files <= covered | watching
    assert {path.name for path in watching - covered} <= {"benchmark.py", "progress.py", "digest.py", "memory.py"}
