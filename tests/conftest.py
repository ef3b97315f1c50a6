"""Shared fixtures."""

import pytest

from tests.project import Project


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The project after the main job on the demo data at tiny sizes; tests leave it as they found it."""
    project = Project(tmp_path_factory.mktemp("built") / "project")
    status, project.printed = project.run("results/task2_ensemble.csv")
    assert status == 0, project.printed
    return project
