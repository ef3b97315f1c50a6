"""Shared fixtures."""

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.project import PAIR, Project


class OneWorkerPerModule(LoadScopeScheduling):
    """With ``pytest -n``: a module's tests share its fixtures, and those in ``cluster/`` the one SLURM."""

    def _split_scope(self, nodeid):
        module = nodeid.split("::")[0]
        return "cluster" if "cluster/" in module else module


def pytest_xdist_make_scheduler(config, log):
    return OneWorkerPerModule(config, log)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The project after the main job on the demo data at tiny sizes; tests leave it as they found it."""
    project = Project(tmp_path_factory.mktemp("built") / "project")
    status, project.printed = project.run("results/task2_ensemble.csv")
    assert status == 0, project.printed
    return project


@pytest.fixture(scope="session")
def detected(built, tmp_path_factory):
    """The same after the main job of Task 4, on a few soundscapes; tests leave it as they found it."""
    project = built.copy(tmp_path_factory.mktemp("detected") / "project")
    status, project.printed = project.run("results/task4_events.csv")
    assert status == 0, project.printed
    return project


@pytest.fixture(scope="session")
def relabelled(built, tmp_path_factory):
    """The same with a system more and a round of relabelling by the stack of two; tests leave it as they found it."""
    project = built.copy(tmp_path_factory.mktemp("relabelled") / "project")
    config = project.config() | {"systems": ["dorfer-a", *PAIR], "answer": "iqbal-stack8"}
    config["sizes"]["tiny"]["iqbal-stack8"] = {"systems": PAIR}
    project.write_config(config)
    status, project.printed = project.run("results/task2_ensemble.csv")
    assert status == 0, project.printed
    return project
