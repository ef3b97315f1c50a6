"""Which device a job computes on: the one that the configuration says, and a GPU that no other job has."""

import contextlib
import logging
import multiprocessing
import os
from types import SimpleNamespace

import pytest
import torch
import yaml

from tests.project import ROOT
from tests.training.test_judging import Chain
from workflow_scripts.common import device
from workflow_scripts.common.device import choose_device
from workflow_scripts.common.errors import UserError
from workflow_scripts.learners import network
from workflow_scripts.study.plan import Plan


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """What a choice sets for the whole process is as before after each test."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "before")
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    deterministic, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    yield
    torch.use_deterministic_algorithms(deterministic)
    torch.set_num_threads(threads)


@pytest.fixture
def see(monkeypatch, tmp_path):
    """Return a function that makes the GPUs with these UUIDs the visible ones, of this process and those it forks."""
    monkeypatch.setattr(device, "LOCKS", tmp_path)
    monkeypatch.setattr(device, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(torch.cuda, "set_device", lambda chosen: None)

    def see(*uuids):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(uuids))
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(uuids))
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: SimpleNamespace(uuid=uuids[number]))

    return see


class Job:
    """A process that chooses its device, says which, and keeps it until it is ended."""

    def __init__(self, name="cuda"):
        fork = multiprocessing.get_context("fork")
        self.pipe, far = fork.Pipe()
        self.process = fork.Process(target=self._work, args=(far, name), daemon=True)
        self.process.start()

    def _work(self, far, name):
        device.log.addHandler(SimpleNamespace(level=0, handle=lambda record: far.send(record.getMessage())))
        device.log.setLevel(logging.INFO)
        far.send(str(choose_device(name, 1)))
        far.recv()

    def says(self):
        assert self.pipe.poll(60)
        return self.pipe.recv()

    def kill(self):
        self.process.kill()
        self.process.join()


@pytest.fixture
def start():
    """Return a function that starts a :class:`Job`; none outlives the test."""
    with contextlib.ExitStack() as stack:

        def start(*arguments):
            job = Job(*arguments)
            stack.callback(job.kill)
            return job

        yield start


# ---------------------------------------------------------------- CPU or GPU


@pytest.mark.parametrize(
    ("name", "uuids", "chosen"),
    [
        ("cpu", [], "cpu"),
        ("cpu", ["a"], "cpu"),
        ("cpu", ["a", "b"], "cpu"),
        ("cuda", ["a"], "cuda:0"),
        ("cuda-or-cpu", ["a"], "cuda:0"),
        ("cuda-or-cpu", [], "cpu"),
    ],
)
def test_a_job_computes_where_the_configuration_says(see, name, uuids, chosen):
    see(*uuids)
    assert str(choose_device(name, 1)) == chosen


def test_a_job_that_must_have_a_gpu_and_sees_none_is_refused_in_one_line(see):
    see()
    with pytest.raises(UserError) as caught:
        choose_device("cuda", 1)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in ("config.yaml", "sees no GPU", "cuda-or-cpu"))


@pytest.mark.parametrize(("name", "warnings"), [("cpu", 0), ("cuda-or-cpu", 1)])
def test_computing_on_the_cpu_instead_of_a_gpu_is_in_the_log(see, caplog, name, warnings):
    see()
    choose_device(name, 1)
    assert ["CPU" in record.getMessage() for record in caplog.records] == [True] * warnings
    assert all(record.levelno == logging.WARNING for record in caplog.records)


def test_a_gpu_that_fails_is_no_reason_to_compute_on_the_cpu(see, monkeypatch):
    def fail(chosen):
        raise RuntimeError("CUDA error: device-side assert triggered")

    see("a")
    monkeypatch.setattr(torch.cuda, "set_device", fail)
    with pytest.raises(RuntimeError, match="CUDA error"):
        choose_device("cuda-or-cpu", 1)


# ---------------------------------------------------------------- which GPU


def test_jobs_that_see_the_same_gpus_each_get_one_of_their_own(see, start):
    see("a", "b", "c", "d")
    jobs = [start() for _ in range(4)]
    assert sorted(job.says() for job in jobs) == ["cuda:0", "cuda:1", "cuda:2", "cuda:3"]


def test_a_gpu_is_the_same_under_another_number(see, start):
    see("a", "b")
    assert start().says() == "cuda:0"
    see("c", "a", "b")
    assert start().says() == "cuda:0"
    see("a", "c", "b")
    assert start().says() == "cuda:2"


def test_the_gpu_that_a_scheduler_gave_is_taken_whoever_else_has_it(see, start):
    see("given", "other")
    assert start().says() == "cuda:0"
    see("given")
    assert [start().says(), start().says()] == ["cuda:0", "cuda:0"]


def test_a_job_that_finds_all_gpus_taken_says_so_and_gets_that_of_a_killed_one(see, start):
    see("a", "b")
    jobs = {job.says(): job for job in (start(), start())}
    late = start()
    assert "waiting" in late.says()
    assert not late.pipe.poll(0.1)
    jobs["cuda:1"].kill()
    assert late.says() == "cuda:1"


def test_a_job_on_the_cpu_claims_no_gpu(see, start):
    see("a", "b")
    assert start("cpu").says() == "cpu"
    assert [start().says(), start().says()] == ["cuda:0", "cuda:1"]


def test_a_process_that_asks_again_gets_its_gpu_again(see):
    see("asks", "again")
    assert choose_device("cuda", 1) == choose_device("cuda", 1)


def test_every_user_can_lock_what_the_first_one_made(see, start, tmp_path):
    see("a", "b")
    mask = os.umask(0o077)
    job = start()
    os.umask(mask)
    job.says()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o666}


# ---------------------------------------------------------------- the same bytes


@pytest.mark.parametrize(
    ("name", "asked", "deterministic"),
    [("cpu", 0, True), ("cpu", 1, True), ("cuda-or-cpu", 0, False), ("cuda", 1, True)],
)
def test_a_cpu_is_always_deterministic_and_a_gpu_where_asked(see, name, asked, deterministic):
    see("a")
    choose_device(name, 1, asked)
    assert torch.are_deterministic_algorithms_enabled() == deterministic


def test_the_deterministic_mode_sets_what_cublas_and_cudnn_read_before_cuda_starts(see, monkeypatch):
    found = []

    def count():
        found.append((os.environ["CUBLAS_WORKSPACE_CONFIG"], torch.backends.cudnn.benchmark))
        return 1

    see("a")
    monkeypatch.setattr(torch.cuda, "device_count", count)
    choose_device("cuda", 1, deterministic=1)
    assert found[0] == (":4096:8", False)  # the first of the two values that torch.use_deterministic_algorithms names


def test_a_training_continues_on_another_gpu_but_not_on_another_kind_of_device(tmp_path, monkeypatch):
    identities = {}

    def identity_on(chosen):
        monkeypatch.setattr(network, "prepare", lambda *arguments: torch.device(chosen))
        monkeypatch.setattr(network, "FrameBank", lambda frames, placed: None)
        monkeypatch.setattr(network, "fit", lambda *arguments, checkpoint, **_: hand_over(checkpoint))
        chain = Chain(tmp_path / chosen)
        chain.write_inputs()
        with pytest.raises(StopIteration):
            chain.train(0)
        return identities.popitem()[1]

    def hand_over(checkpoint):
        identities[checkpoint.path] = checkpoint.identity
        raise StopIteration  # nothing needs to be trained

    assert identity_on("cuda:0") == identity_on("cuda:1") != identity_on("cpu")


# ---------------------------------------------------------------- the plan


@pytest.mark.parametrize(("name", "gpus"), [("cpu", 0), ("cuda", 1), ("cuda-or-cpu", 1)])
def test_a_job_that_may_use_a_gpu_asks_for_one(name, gpus):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert Plan(config | {"device": name}).study.gpus == gpus
    assert [Plan(config | {"deterministic": value}).study.deterministic for value in (False, True)] == [0, 1]
