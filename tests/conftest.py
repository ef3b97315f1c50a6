"""Shared fixtures."""

import pytest

from tests.project import PAIR, Project


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """With ``-n`` workers, a module's tests stay together and share its fixtures; so do all that need the one SLURM."""
    for item in items:
        group = "cluster" if item.path.parent.name == "cluster" else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The project after the main job on the demo data at tiny sizes; tests leave it as they found it."""
    project = Project(tmp_path_factory.mktemp("built") / "project")
    status, project.printed = project.run("results/task2_ensemble.csv")
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
