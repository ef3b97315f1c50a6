"""A real SLURM on the loopback: Debian's slurmctld, slurmd, slurmdbd and munge, one node with two pretended GPUs."""

import getpass
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

PROGRAMS = ["munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "sbatch", "sacct"]
CONFIGURATION = Path("/etc/slurm")  # srun within a job finds it nowhere else
MARK = "# written by the tests of noisy-label audio tagging\n"
CPUS, MEMORY_MB, KILL_WAIT = 16, 20000, 10


def why_not():
    """Return why a cluster cannot be started here, or None."""
    lacking = [program for program in PROGRAMS if not shutil.which(program)]
    if lacking:
        return f"needs Debian's munge, slurm-wlm, slurmdbd and mariadb-server; {lacking[0]} is missing"
    if os.geteuid() != 0:
        return "needs root, for the daemons of SLURM"
    existing = CONFIGURATION / "slurm.conf"
    if existing.exists() and MARK not in existing.read_text():
        return f"this machine belongs to a cluster ({existing})"
    if existing.exists() and succeeds("squeue"):
        return "another run of these tests has its cluster on this machine"
    return None


class Slurm:
    """The daemons; a context manager. What they write lies in a folder of its own, their configuration in /etc/slurm.

    Partitions: ``cpu`` (default), ``gpu``, and ``urgent``, whose jobs preempt those of ``gpu`` (requeue).
    """

    def __init__(self):
        self.stack = ExitStack()
        self.daemons = {}

    def __enter__(self):
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        self.folder.chmod(0o755)
        try:
            self._start_munge()
            self._start_database()
            self._configure()
            self._start("slurmdbd", "slurmdbd", "-D")
            wait_for(lambda: succeeds("sacctmgr", "--noheader", "show", "cluster"), "slurmdbd")
            call("sacctmgr", "--immediate", "add", "cluster", "loopback")
            call("sacctmgr", "--immediate", "add", "account", "tagging")
            call("sacctmgr", "--immediate", "add", "user", getpass.getuser(), "account=tagging")
            self._start("slurmctld", "slurmctld", "-D", "-c")
            self.start_node()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        if "slurmctld" in self.daemons:
            call("scancel", "--user=root", "--signal=KILL", "--full", check=False)
        for name in reversed(list(self.daemons)):
            self._stop(name)
        self.stack.close()

    # ---------------------------------------------------------------- what tests do to it

    def start_node(self):
        self._start("slurmd", "slurmd", "-D", "-c")
        wait_for(lambda: call("sinfo", "--noheader", "--format=%T", "--partition=cpu").strip() == "idle", "slurmd")

    def stop_node(self):
        """As if its power were cut: slurmd and all that runs under it end at once, and nobody is told."""
        steps = [process for process in psutil.process_iter(["name"]) if process.info["name"] == "slurmstepd"]
        tasks = [task for step in steps for task in step.children(recursive=True)]
        self.daemons["slurmd"].kill()
        for process in [*steps, *tasks]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._stop("slurmd")

    def records(self, *fields):
        """Return one dict per job that SLURM's accounting knows, with ``fields`` of sacct."""
        fields = ["JobID", *fields]
        time.sleep(1)
        lines = call(
            *("sacct", "--allusers", "--allocations", "--duplicates", "--noheader", "--parsable2"),
            *("--starttime=now-1days", f"--format={','.join(f'{field}%200' for field in fields)}"),
        ).splitlines()
        return [dict(zip(fields, line.split("|"), strict=True)) for line in lines]

    def queue(self):
        """Return job -> state of the jobs that have not ended."""
        lines = call("squeue", "--noheader", "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    # ---------------------------------------------------------------- daemons

    def _start(self, name, *command, **options):
        log = open(self.folder / f"{name}.out", "a")  # noqa: SIM115 - the daemon's
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SLURM")}
        command = ["setpriv", "--pdeathsig", "TERM", *command]  # none outlives the tests
        self.daemons[name] = subprocess.Popen(command, stdout=log, stderr=log, env=environment, **options)
        log.close()

    def _stop(self, name):
        daemon = self.daemons.pop(name)
        daemon.terminate()
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def _start_munge(self):
        folder = Path("/run/munge")
        folder.mkdir(exist_ok=True)
        shutil.chown(folder, "munge", "munge")
        folder.chmod(0o755)
        self._start("munged", "munged", "--foreground", "--force", user="munge", group="munge", extra_groups=[])
        wait_for(lambda: succeeds("munge", "--no-input"), "munged")

    def _start_database(self):
        data, temporary, self.socket = self.folder / "mysql", self.folder / "tmp", self.folder / "mysql.sock"
        temporary.mkdir()
        common = ("--no-defaults", f"--datadir={data}", f"--tmpdir={temporary}", "--user=root")
        call("mariadb-install-db", *common)
        self._start(
            *("mariadbd", "mariadbd", *common, f"--socket={self.socket}"),
            *("--bind-address=127.0.0.1", "--port=3366", "--innodb-buffer-pool-size=64M"),
        )
        sql = "CREATE DATABASE IF NOT EXISTS slurm; CREATE USER IF NOT EXISTS slurm@127.0.0.1 IDENTIFIED BY 'slurm';"
        sql += "GRANT ALL ON slurm.* TO slurm@127.0.0.1;"
        wait_for(lambda: succeeds("mariadb", "--no-defaults", f"--socket={self.socket}", "--execute", sql), "mariadbd")

    def _configure(self):
        host = socket.gethostname().split(".")[0]
        devices = [Path(f"/dev/pretended-gpu{number}") for number in range(2)]
        for device in devices:
            if not device.exists():
                os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))  # another /dev/null
            self.stack.callback(device.unlink, missing_ok=True)
        for name, text in {
            "slurm.conf": SLURM.format(host=host, folder=self.folder, cpus=CPUS, memory=MEMORY_MB, wait=KILL_WAIT),
            "slurmdbd.conf": SLURMDBD.format(host=host, folder=self.folder),
            "gres.conf": f"Name=gpu File={devices[0].parent}/pretended-gpu[0-1]\n",
        }.items():
            path = CONFIGURATION / name
            path.write_text(MARK + text)
            path.chmod(0o600 if name == "slurmdbd.conf" else 0o644)
            self.stack.callback(path.unlink, missing_ok=True)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()


def rule_of(record):
    """Return the rule of a job, from a record with its ``Comment``."""
    return re.match(r"rule_(.+?)(_wildcards_|$)", record["Comment"])[1]


def gpus(record):
    """Return the number of GPUs that a job had, from a record with its ``AllocTRES``."""
    resources = dict(part.split("=") for part in record["AllocTRES"].split(","))
    return int(resources.get("gres/gpu", 0))


def call(*command, check=True):
    """Return what ``command`` prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


def succeeds(*command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def wait_for(ready, what, seconds=60):
    """Wait until ``ready()``; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"{what}: not ready after {seconds} s"
        time.sleep(0.2)


SLURM = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=2
KillWait={wait}
MinJobAge=300
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=5
SlurmdTimeout=15
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:2
PartitionName=cpu Nodes={host} Default=YES MaxTime=INFINITE PriorityTier=1
PartitionName=gpu Nodes={host} MaxTime=INFINITE PriorityTier=1
PartitionName=urgent Nodes={host} MaxTime=INFINITE PriorityTier=9 PreemptMode=OFF
"""

SLURMDBD = """
AuthType=auth/munge
DbdHost={host}
DbdAddr=127.0.0.1
SlurmUser=root
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=3366
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
"""
