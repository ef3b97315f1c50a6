"""Front ends against the plain loop over clips with librosa: processor time and memory of whole processes on one core.

    python benchmarks/front_ends.py [--against COMMIT] [--stores log-mel-a ...] [--clips 1000] [--runs 3]

Two collections: the demo's clips (Ogg Vorbis), and ``--clips`` of 7 s made for the purpose (noise and a tone, WAV of 16
bits at 44.1 kHz). For each feature store of the recipes the process of the stage, its start and the silence rule
included, and one that does `librosa.load`, `melspectrogram` and `power_to_db` clip by clip at the same rate, FFT, hop
and number of bands and saves the result (for a waveform: `librosa.load` alone). They run in turn; medians are printed.
``--against`` measures the stage, or the two stages, of another commit, too.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEMO = "results/fsdkaggle2018-demo/clips.csv"
LOOP = """
import csv, json, sys
import librosa, numpy as np
table, out, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
found = []
with open(table, newline="") as file:
    for clip in csv.DictReader(file):
        samples, rate = librosa.load(clip["path"], sr=settings["rate"])
        if settings["mel"]:
            power = librosa.feature.melspectrogram(y=samples, sr=rate, **settings["mel"])
            found.append(librosa.power_to_db(power, ref=np.max))
        else:
            found.append(samples)
np.save(out, np.concatenate(found, axis=-1))
"""
MAKE = """
import sys
import numpy as np, soundfile
rng, time = np.random.default_rng(0), np.arange(7 * 44100) / 44100
for number in range(int(sys.argv[2])):
    samples = rng.uniform(0, 0.2) * rng.normal(size=len(time)) + 0.3 * np.sin(rng.uniform(300, 90000) * time)
    soundfile.write(f"{sys.argv[1]}/{number:04}.wav", samples.clip(-1, 1), 44100, subtype="PCM_16")
"""
SETTINGS = """
import sys
from workflow_scripts.study import fingerprint, recipes
import json
front_ends = {}
for path in sorted(recipes.SYSTEMS.glob("*.yaml")):
    front_end = recipes.read_recipe(path.stem, {})["front_end"]
    if "spectrogram" in front_end:  # those of embeddings: benchmarks/embeddings.py
        front_ends.setdefault(front_end["store"], front_end)
for front_end in front_ends.values():
    parts = {"find_segments": [("silence", front_end["silence"]["name"])]}
    parts["extract_features"] = [("spectrograms", front_end["spectrogram"]["name"])]
    if not (recipes.ROOT / "workflow_scripts/find_segments.py").exists():
        parts = {"extract_features": parts["find_segments"] + parts["extract_features"]}
    front_end["stages"] = {stage: fingerprint.fingerprint(stage, used, **front_end) for stage, used in parts.items()}
print(json.dumps(front_ends))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="COMMIT")
    parser.add_argument("--stores", nargs="*")
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # those of the processes that are measured, too
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        checkouts = {"stage": ROOT}
        if arguments.against:
            checkouts["before"] = folder / "before"
            subprocess.run(["git", "clone", "--quiet", ROOT, checkouts["before"]], check=True)
            subprocess.run(["git", "-C", checkouts["before"], "checkout", "--quiet", arguments.against], check=True)
        front_ends = {name: settings_of(checkout) for name, checkout in checkouts.items()}
        columns = " ".join(f"{name:>7} {'MB':>5}" for name in ("loop", *checkouts))
        print(f"{'store':<20} {'clips':<6} {columns} ratio", flush=True)
        for collection, table in {"demo": demo(folder), "made": made(folder, arguments.clips)}.items():
            for store in arguments.stores or front_ends["stage"]:
                measure(store, collection, table, folder, checkouts, front_ends, arguments.runs)


def measure(store, collection, table, folder, checkouts, front_ends, runs):
    found = {}
    for _ in range(runs):
        command = [sys.executable, "-c", LOOP, table, folder / "loop.npy", loop_settings(front_ends["stage"][store])]
        found.setdefault("loop", []).append(cost([command], folder))
        for name, checkout in checkouts.items():
            commands = stage_commands(front_ends[name][store]["stages"], table, folder)
            found.setdefault(name, []).append(cost(commands, checkout))
    medians = {name: [statistics.median(values) for values in zip(*runs, strict=True)] for name, runs in found.items()}
    figures = " ".join(f"{seconds:7.2f} {megabytes:5.0f}" for seconds, megabytes in medians.values())
    print(f"{store:<20} {collection:<6} {figures} {medians['loop'][0] / medians['stage'][0]:5.2f}", flush=True)


def settings_of(checkout):
    """Return store -> front end of the recipes of ``checkout``, with its stages' settings as ``stages``."""
    done = subprocess.run([sys.executable, "-c", SETTINGS], cwd=checkout, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def loop_settings(front_end):
    spectrogram = front_end["spectrogram"]
    mel = {name: spectrogram[key] for name, key in (("n_fft", "n_fft"), ("hop_length", "hop")) if key in spectrogram}
    if mel:
        mel["n_mels"] = spectrogram.get("bands", 128)
    return json.dumps({"rate": spectrogram["sample_rate"], "mel": mel})


def stage_commands(stages, table, folder):
    outputs = {name: folder / f"{name}.csv" for name in ("segments", "problems", "index")}
    outputs["frames"] = folder / "frames.npy"
    taken = {"find_segments": ("segments", "problems"), "extract_features": ("segments", "frames", "index")}
    if len(stages) == 1:
        taken = {"extract_features": tuple(outputs)}
    for stage, settings in stages.items():
        files = {"clips": table, "log": folder / f"{stage}.log"} | {name: outputs[name] for name in taken[stage]}
        options = [text for name, path in files.items() for text in (f"--{name}", path)]
        yield [sys.executable, "-m", f"workflow_scripts.{stage}", *options, "--threads", "1", "--settings", settings]


def cost(commands, checkout):
    """Return (seconds of user and system time of all ``commands``, the largest peak memory in MB).

    The memory that Linux tells begins with that of this process, so this one imports nothing large.
    """
    seconds, peak = 0.0, 0.0
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    for command in commands:
        process = subprocess.Popen(command, cwd=checkout, env=os.environ | threads)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"failed: {' '.join(map(str, command))}")
        seconds += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1000)
    return seconds, peak


def demo(folder):
    """Return the demo's clip table, with absolute paths; make it where it is not there."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all"]
    subprocess.run([*command, "--", DEMO], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(ROOT / DEMO, newline="") as file:
        rows = [row | {"path": ROOT / row["path"]} for row in csv.DictReader(file) if float(row["seconds"])]
    return written(rows, folder / "demo.csv")


def made(folder, count):
    """Make ``count`` clips and return their clip table."""
    subprocess.run([sys.executable, "-c", MAKE, folder, str(count)], check=True)
    constants = {"split": "train", "label": "x", "manually_verified": 1, "seconds": 7.0}
    constants |= dict.fromkeys(("usage", "group", "fold", "md5"), "")
    rows = [{"fname": path.name, "path": path} | constants for path in sorted(folder.glob("*.wav"))]
    return written(rows, folder / "made.csv")


def written(rows, path):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


if __name__ == "__main__":
    main()
