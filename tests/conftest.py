"""Shared fixtures, the order of the tests, and what is drawn at random."""

import os
import signal
from datetime import date

import pytest
from filelock import FileLock
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.project import PAIR, Project

# ------------------------------------------------------------------ the same wherever pytest runs

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # a worker has one core; more threads wait for it
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets its background jobs ignore Ctrl-C

# ------------------------------------------------------------------ what is drawn at random

# The default tier draws the same examples every time; the nightly one others, by --hypothesis-seed.
settings.register_profile("default", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=200, deadline=None, print_blob=True)
settings.load_profile("default")


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, default=f"{date.today():%Y%m%d}", help="of the nightly tests (default: today)")


def pytest_terminal_summary(terminalreporter, config):
    if "not nightly" not in config.option.markexpr:
        terminalreporter.line(f"seed of the nightly tests: {config.option.seed}")


# ------------------------------------------------------------------ the order

RUNS = {"built", "detected", "relabelled", "slurm"}


def pytest_collection_modifyitems(items):
    """Modules that look at finished runs come first, and of them those that run most."""
    first = {item.path for item in items if RUNS & {*item.fixturenames}}
    longest = ["workflow", "cluster"]
    items.sort(key=lambda item: (item.path not in first, item.path.parent.name not in longest))


class OneWorkerPerModule(LoadScopeScheduling):
    """With ``pytest -n``: a module's tests share its fixtures, and those in ``cluster/`` the one SLURM.

    The first worker takes the modules from the front, where it makes the finished runs; the others from the back,
    where none waits for them.
    """

    def _split_scope(self, nodeid):
        module = nodeid.split("::")[0]
        return "cluster" if "cluster/" in module else module

    def _assign_work_unit(self, node):
        if node is not self.nodes[0]:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config, log):
    return OneWorkerPerModule(config, log)


# ------------------------------------------------------------------ finished runs, made once per machine


def finished(tmp_path_factory, name, prepare, target):
    """Yield the project that ``prepare(folder)`` returns after a run for ``target``; ``printed`` is what that printed.

    The first worker of pytest-xdist that asks for it makes it; the others wait, and look at the same.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / name
    printed = folder / "printed.txt"
    with FileLock(f"{folder}.lock"):
        if not printed.exists():
            folder.mkdir()
            status, text = prepare(folder / "project").run_by_command(target)
            printed.write_text(f"{status}\n{text}")
    project = Project.at(folder / "project")
    status, _, project.printed = printed.read_text().partition("\n")
    assert status == "0", project.printed
    before = project.state()
    yield project
    assert project.state() == before, "a test has changed what others look at"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The project after the main job on the demo data at tiny sizes; tests leave it as they found it."""
    yield from finished(tmp_path_factory, "built", Project, "results/task2_ensemble.csv")


@pytest.fixture(scope="session")
def detected(built, tmp_path_factory):
    """The same after the main job of Task 4, on a few soundscapes; tests leave it as they found it."""
    yield from finished(tmp_path_factory, "detected", built.copy, "results/task4_events.csv")


@pytest.fixture(scope="session")
def relabelled(built, tmp_path_factory):
    """The same with a system more and a round of relabelling by the stack of two; tests leave it as they found it."""

    def prepare(folder):
        project = built.copy(folder)
        config = project.config() | {"systems": ["dorfer-a", *PAIR], "answer": "iqbal-stack8"}
        config["sizes"]["tiny"]["iqbal-stack8"] = {"systems": PAIR}
        project.write_config(config)
        return project

    yield from finished(tmp_path_factory, "relabelled", prepare, "results/task2_ensemble.csv")
