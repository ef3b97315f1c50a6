"""A full disk: one line that says so, nothing that looks finished, and the same bytes once there is room."""

import shutil
import subprocess

import pytest

DEMO = "results/fsdkaggle2018-demo"


@pytest.fixture
def small_disk(built, tmp_path):
    """A copy of the project with results/ on a disk of its own, whose size ``resize`` sets."""
    project = built.copy(tmp_path / "project")
    results = project.folder / "results"
    results.rename(tmp_path / "results")
    results.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", results], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        shutil.copytree(tmp_path / "results", results, symlinks=True, dirs_exist_ok=True)
        yield project
    finally:
        subprocess.run(["umount", results], check=True)


def leave(project, room):
    """Let the disk have ``room`` bytes beside what is on it."""
    size = shutil.disk_usage(project.folder / "results").used + room
    subprocess.run(["mount", "-o", f"remount,size={size}", project.folder / "results"], check=True)


STORE = [f"{DEMO}/features/log-mel-a/{name}" for name in ("frames.npy", "index.csv")]
FOLD = f"{DEMO}/systems/dorfer-a/stage00/fold0"
TRAINED = [f"{FOLD}/{name}" for name in ("model.safetensors", "held_out.parquet", "judged.parquet", "history.csv")]


@pytest.mark.parametrize(
    ("deleted", "share", "checkpoint_seconds", "file"),
    [
        (STORE, 0.5, 0, "frames.npy"),
        (TRAINED, 0.5, 0, "resume.safetensors"),
        pytest.param(TRAINED, 0.2, 1000, "held_out.parquet", marks=pytest.mark.nightly),
        pytest.param(TRAINED, 1.1, 1000, "model.safetensors", marks=pytest.mark.nightly),
    ],
)
def test_a_full_disk_costs_a_line_and_the_job_that_filled_it(
    small_disk, built, deleted, share, checkpoint_seconds, file
):
    """``share``: room on the disk, of what the first of the ``deleted`` files needs."""
    project = small_disk
    project.write_config(project.config() | {"checkpoint_seconds": checkpoint_seconds})
    target, paths = deleted[0], [project.folder / path for path in deleted]
    content = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    leave(project, int(share * len(content[0])))

    status, printed = project.run(target)
    assert status == 1
    told = [line for line in printed.splitlines() if line.startswith("error: ")]
    assert told and f"/{file}: No space left on device (" in told[0] and "MiB are free); make room" in told[0], printed
    assert "Traceback" not in printed
    assert not any(path.exists() for path in paths)
    assert not [*(project.folder / "results").rglob("*.part")]

    leave(project, 1 << 30)
    status, printed = project.run(target)
    assert status == 0, printed
    assert [path.read_bytes() for path in paths] == content
    assert project.tables() == built.tables()
