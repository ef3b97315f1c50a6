"""What goes wrong while Snakemake plans ends the run: otherwise it takes results that are there for good."""

import inspect

import pytest
import yaml

from tests.project import ROOT, Project
from tests.workflow.test_invalidation import replaced
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.plan import Plan
from workflow_scripts.training import plan as training

PLAN = "workflow_scripts/prediction/plan.py"
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def test_a_plan_that_fails_ends_in_one_line(monkeypatch):
    def wrong(study, wildcards):
        raise UserError("no such system")

    def broken(study, wildcards, attempt):
        raise TypeError("not iterable")

    monkeypatch.setattr(training, "wrong", wrong, raising=False)
    monkeypatch.setattr(training, "broken", broken, raising=False)
    plan = Plan(CONFIG, in_one_line=True)
    with pytest.raises(SystemExit, match="error: no such system"):
        plan.training.wrong(None)
    with pytest.raises(SystemExit, match=r"error: TypeError: not iterable.*broken"):
        plan.training.broken(None, 1)
    assert list(inspect.signature(plan.training.broken).parameters) == ["wildcards", "attempt"], "Snakemake looks"
    with pytest.raises(UserError, match="no such system"):
        Plan(CONFIG).training.wrong(None)


def test_a_finished_run_is_not_taken_for_good_by_a_plan_that_fails(built, tmp_path):
    project: Project = built.copy(tmp_path / "project")
    replaced(
        PLAN,
        "return files_of_folds(study, wildcards.dataset",
        "return 1 / 0 or files_of_folds(study, wildcards.dataset",
    )(project)
    status, printed = project.run("--dry-run")
    assert status != 0
    assert "error: ZeroDivisionError: division by zero" in printed
    assert "Traceback" not in printed
