"""What goes wrong while Snakemake plans ends the run: otherwise it takes results that are there for good."""

import pytest

from tests.project import Project
from tests.workflow.test_invalidation import replaced
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.one_line import OneLine

PLAN = "workflow_scripts/training/plan.py"


class Plan:
    number = 3

    def wrong(self, wildcards):
        raise UserError("no such system")

    def broken(self, wildcards):
        raise TypeError("not iterable")


def test_a_plan_that_fails_ends_in_one_line():
    plan = OneLine(Plan())
    assert plan.number == 3
    for method, line in (
        (plan.wrong, "error: no such system"),
        (plan.broken, "error: TypeError: not iterable.*broken"),
    ):
        with pytest.raises(SystemExit, match=line):
            method(None)


def test_a_finished_run_is_not_taken_for_good_by_a_plan_that_fails(built, tmp_path):
    project: Project = built.copy(tmp_path / "project")
    replaced(PLAN, "return self.files_of_folds(wildcards, [wildcards.round]", "return 1 / 0 or ([wildcards.round]")(
        project
    )
    status, printed = project.run("--dry-run")
    assert status != 0
    assert "error: ZeroDivisionError: division by zero" in printed
    assert "Traceback" not in printed
