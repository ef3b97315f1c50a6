"""A SLURM for the tests of this folder, and the main job run on it."""

import os
import shutil
import sys

import pytest

from tests.cluster.slurm import Slurm, why_not
from tests.project import Project

DATA = "results/fsdkaggle2018-demo"


class ClusterProject(Project):
    """A project whose runs go through profiles/slurm: trainings ask for a GPU and, seeing none, take the CPU."""

    run = Project.run_by_command

    def snakemake(self, *arguments):
        return [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm", *map(str, arguments)]

    @classmethod
    def without(cls, project, folder, *places, **sizes):
        """Return a copy of ``project`` in ``folder`` that lacks ``places`` and whose ``sizes`` of systems are other."""
        copy = project.copy(folder)
        copy.__class__ = cls
        for place in places:
            shutil.rmtree(copy.folder / place)
        config = copy.config() | {"device": "cuda-or-cpu", "checkpoint_seconds": 1}
        for system, changes in sizes.items():
            size = config["sizes"]["tiny"][system.replace("_", "-")]
            for section, values in changes.items():
                size[section] = size[section] | values if isinstance(values, dict) else values
        copy.write_config(config)
        return copy


@pytest.fixture(scope="session")
def slurm():
    """The cluster. Where it cannot be started the tests are skipped, but never in continuous integration."""
    reason = why_not()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with Slurm() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def submitted(slurm, tmp_path_factory):
    """The project after the main job through SLURM, and SLURM's records of it."""
    project = ClusterProject(tmp_path_factory.mktemp("submitted") / "project")
    project.write_config(project.config() | {"device": "cuda-or-cpu"})
    status, project.printed = project.run("results/task2_ensemble.csv")
    assert status == 0, project.printed
    records = slurm.records("Comment", "State", "Partition", "AllocTRES", "Start", "End", "WorkDir")
    project.records = [record for record in records if record["WorkDir"] == str(project.folder)]
    return project
