"""Faults on a cluster. After each, the same command ends with the bytes of an undisturbed run."""

import random
import signal
import time

import psutil
import pytest

from tests.cluster.conftest import DATA, ClusterProject
from tests.cluster.slurm import call, wait_for

pytestmark = pytest.mark.cluster

FOLD = f"{DATA}/systems/iqbal-vgg13-a/stage00/fold0"
LONG = {"training": {"epochs": 25}}  # lasts long enough to be struck


@pytest.fixture(scope="module")
def undisturbed(built, tmp_path_factory):
    """What one long training leaves behind, locally and undisturbed: file -> bytes."""
    project = ClusterProject.without(built, tmp_path_factory.mktemp("long") / "project", FOLD, iqbal_vgg13_a=LONG)
    project.write_config(project.config() | {"device": "cpu"})
    project.__class__ = ClusterProject.__base__
    status, printed = project.run(f"{FOLD}/model.safetensors")
    assert status == 0, printed
    return outputs(project)


@pytest.fixture
def project(slurm, built, tmp_path):
    """A project that lacks just this training."""
    return ClusterProject.without(built, tmp_path / "project", FOLD, iqbal_vgg13_a=LONG)


def outputs(project):
    return {path.name: path.read_bytes() for path in (project.folder / FOLD).iterdir()}


class Run:
    """The training, submitted by a Snakemake of its own; a context manager that leaves no process behind."""

    def __init__(self, project):
        self.project = project
        self.resume = project.folder / FOLD / "resume.safetensors"
        self.log = project.folder / DATA / "logs/train/iqbal-vgg13-a.stage00.fold0.log"

    def __enter__(self):
        self.printed = open(self.project.folder / "printed.txt", "a+")
        self.snakemake = self.project.start(f"{FOLD}/model.safetensors", stdout=self.printed, stderr=self.printed)
        return self

    def __exit__(self, *exception):
        if self.snakemake.poll() is None:
            self.snakemake.kill()
        self.snakemake.wait()
        self.printed.close()

    def job(self):
        """Return the number of the running job, once its training has saved a resume file for the first time."""
        wait_for(self.resume.exists, self.text, 120)
        (number,) = call("squeue", "--noheader", "--states=running", "--partition=gpu", "--format=%i").split()
        return number

    def training(self):
        """Return the process that trains."""
        return next(
            process
            for process in psutil.process_iter(["cmdline", "name"])
            if "workflow_scripts.training.train_model" in (process.info["cmdline"] or [])
            and process.info["name"].startswith("python")
            and process.cwd() == str(self.project.folder)
        )

    def lost_when_gone(self, process):
        """Wait until ``process`` has ended; return the seconds of its work that no resume file keeps."""
        psutil.wait_procs([process], timeout=60)
        return time.time() - self.resume.stat().st_mtime

    def ends_well(self):
        assert self.snakemake.wait(300) == 0, self.text()

    def text(self):
        return (self.project.folder / "printed.txt").read_text()

    def continued(self):
        return "continuing after epoch" in self.log.read_text()


def start_at_once(slurm, job):
    """Let SLURM start ``job``, where it was put back into the queue, without the two minutes that it waits then."""
    wait_for(lambda: slurm.queue().get(job) not in ("RUNNING", "COMPLETING"), "the job's end")
    if job in slurm.queue():
        call("scontrol", "update", f"JobId={job}", "StartTime=now")


def report(capsys, fault, seconds):
    with capsys.disabled():
        print(f"\n{fault}: lost {seconds:.1f} s of work")


@pytest.mark.parametrize("strike", ["scancel", "SIGTERM", "SIGKILL"])
def test_a_job_that_is_killed_is_submitted_again_and_goes_on(project, undisturbed, capsys, strike):
    with Run(project) as run:
        job, training = run.job(), run.training()
        if strike == "scancel":
            call("scancel", job)
        else:
            training.send_signal(getattr(signal, strike))
        lost = run.lost_when_gone(training)
        run.ends_well()
    assert run.continued()
    assert outputs(project) == undisturbed
    report(capsys, strike, lost)


def test_a_job_whose_time_is_over_goes_on_with_more(slurm, project, undisturbed, capsys):
    with Run(project) as run:
        job, training = run.job(), run.training()
        training.suspend()  # as if it were a long one
        call("scontrol", "update", f"JobId={job}", "TimeLimit=1")
        wait_for(lambda: slurm.queue().get(job) != "RUNNING", "the time limit", 150)
        training.resume()
        lost = run.lost_when_gone(training)
        run.ends_well()
    records = [record for record in slurm.records("State", "TimelimitRaw") if int(record["JobID"]) >= int(job)]
    assert [record["State"] for record in records] == ["TIMEOUT", "COMPLETED"]
    assert int(records[1]["TimelimitRaw"]) > int(records[0]["TimelimitRaw"])
    assert run.continued()
    assert outputs(project) == undisturbed
    report(capsys, "time limit", lost)


@pytest.mark.parametrize(("grace", "states"), [(0, ["PREEMPTED", "COMPLETED"]), (10, ["FAILED", "COMPLETED"])])
def test_a_preempted_job_saves_and_goes_on_when_the_gpus_are_free(slurm, project, undisturbed, capsys, grace, states):
    """Without a grace time SLURM puts the job back; within it the training ends by itself, and is submitted again."""
    call("scontrol", "update", "PartitionName=gpu", f"GraceTime={grace}")
    with Run(project) as run:
        job, training = run.job(), run.training()
        urgent = ["--partition=urgent", "--gpus=2", "--mem=100", "--wrap=sleep 5"]
        call("sbatch", "--output=/dev/null", *urgent)
        lost = run.lost_when_gone(training)
        start_at_once(slurm, job)
        run.ends_well()
    records = [record for record in slurm.records("State", "Partition") if int(record["JobID"]) >= int(job)]
    assert [record["State"] for record in records if record["Partition"] == "gpu"] == states
    assert run.continued()
    assert outputs(project) == undisturbed
    report(capsys, f"preemption with {grace} s of grace", lost)


def test_a_node_goes_down_and_comes_back(slurm, project, undisturbed, capsys):
    with Run(project) as run:
        job, training = run.job(), run.training()
        slurm.stop_node()
        try:
            lost = run.lost_when_gone(training)
            wait_for(lambda: slurm.queue().get(job) != "RUNNING", "that the node's end is noticed", 120)
        finally:
            slurm.start_node()
        status = run.snakemake.wait(300)
    if status != 0:  # where Snakemake itself gave the job up
        with Run(project) as run:
            run.ends_well()
    assert run.continued()
    assert outputs(project) == undisturbed
    report(capsys, "node down", lost)


def test_orphans_of_a_killed_snakemake_are_cancelled_and_their_work_is_kept(slurm, project, undisturbed, capsys):
    with Run(project) as run:
        orphan, training = run.job(), run.training()
        run.snakemake.kill()
        run.snakemake.wait()
        training.suspend()  # on a busy machine it would end before the next Snakemake is there to cancel it
    with Run(project) as run:
        lost = run.lost_when_gone(training)
        run.ends_well()
    assert f"Cancelled SLURM jobs of an earlier run: {orphan}" in run.text()
    assert slurm.queue() == {}
    assert run.continued()
    assert outputs(project) == undisturbed
    report(capsys, "SIGKILL of Snakemake", lost)


def test_a_result_made_after_snakemake_was_killed_is_known_by_what_made_it(slurm, project, undisturbed):
    """Without a record Snakemake would take it for good, whatever is edited."""
    with Run(project) as run:
        run.job()
        run.snakemake.kill()
        run.snakemake.wait()
        wait_for(lambda: not slurm.queue(), "the orphan's end", 120)
    assert outputs(project) == undisturbed
    target = f"{FOLD}/model.safetensors"
    assert project.planned(target) == {}
    network = project.folder / "workflow_scripts/parts/networks/vgg13.py"
    network.write_text(network.read_text() + "\nEDITED = True\n")
    assert project.planned(target) == {"train": 1}


def test_what_is_edited_while_a_stage_waits_in_the_queue_reaches_no_earlier_stage(slurm, built, tmp_path):
    """A job parses the project anew when it starts; then, too, it does its own work and no other's."""
    verification = built.config()["sizes"]["tiny"]["dorfer-a"]["stages"]["self_verification"]
    stages = {"stages": {"self_verification": verification | {"repeat": 2}}}
    project = ClusterProject.without(built, tmp_path / "project", dorfer_a=stages)
    systems = project.folder / DATA / "systems/dorfer-a"
    target = f"{DATA}/systems/dorfer-a/stage02/fold0/judged.parquet"
    network = project.folder / "workflow_scripts/parts/networks/vgg_gap.py"
    call("scontrol", "update", "PartitionName=gpu", "State=DOWN")
    try:
        with open(project.folder / "printed.txt", "w") as printed:
            snakemake = project.start(target, stdout=printed, stderr=printed)
        wait_for(lambda: "PENDING" in slurm.queue().values(), "that the stage waits", 120)
        earlier = {path: path.read_bytes() for path in systems.glob("stage0[01]/**/*") if path.is_file()}
        times = {path: path.stat().st_mtime_ns for path in earlier}
        network.write_text(network.read_text() + "\nEDITED = True\n")
    finally:
        call("scontrol", "update", "PartitionName=gpu", "State=UP")
    assert snakemake.wait(300) == 0, (project.folder / "printed.txt").read_text()
    assert {path: path.stat().st_mtime_ns for path in earlier} == times, "no earlier stage ran again"
    planned = project.planned(target)
    assert planned["train"] == 2 + 2 + 1, "all folds of the stages before, for one fold of the last one"
    first = (project.folder / target).read_bytes()
    status, text = project.run(target)
    assert status == 0, text
    assert {path: path.read_bytes() for path in earlier} == earlier, "the edit changes no result"
    assert (project.folder / target).read_bytes() == first


STRIKES = {"cancelled": ["scancel"], "killed": ["scancel", "--signal=KILL", "--full"]}


@pytest.mark.nightly
def test_jobs_and_snakemake_killed_at_random_again_and_again(slurm, built, tmp_path, capsys, pytestconfig):
    seed, kills, done = pytestconfig.option.seed, 12, []
    chance = random.Random(seed)
    project = ClusterProject.without(built, tmp_path / "project", f"{DATA}/systems/dorfer-a")
    target = f"{DATA}/systems/dorfer-a/oof.parquet"
    while len(done) < kills:
        with open(project.folder / "printed.txt", "w") as printed:
            snakemake = project.start(target, stdout=printed, stderr=printed)
        while snakemake.poll() is None and len(done) < kills:
            time.sleep(chance.uniform(2, 8))
            running = [job for job, state in slurm.queue().items() if state == "RUNNING"]
            strike = chance.choice([*STRIKES, "Snakemake killed"])
            if strike in STRIKES and running:
                call(*STRIKES[strike], chance.choice(running), check=False)
                done.append(strike)
            elif strike not in STRIKES:
                snakemake.kill()
                done.append(strike)
                break
        assert snakemake.wait(300) != 0 or len(done) == kills, "it ended before all kills were spent"
    status, text = project.run(target)
    assert status == 0, text
    assert project.tables() == built.tables()
    with capsys.disabled():
        print(f"\n{kills} kills at random moments on the cluster, seed {seed}: {', '.join(done)}")
