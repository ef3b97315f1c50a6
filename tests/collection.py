"""A small collection of somebody's own: noise, tones and clicks, in files that soundfile writes, with two CSVs."""

import csv
from pathlib import Path

import numpy as np
import soundfile
import yaml

CLASSES = ["Click", "Noise", "Tone"]


class Collection:
    """Writes audio, train.csv and test.csv into ``folder`` and a dataset file beside it."""

    def __init__(self, folder, name="mine", clips_per_class=8, tests_per_class=3):
        self.folder = Path(folder) / name
        self.file = Path(folder) / f"{name}.yaml"
        self.train, self.test = [], []
        (self.folder / "audio").mkdir(parents=True)
        for label in CLASSES:
            for number in range(clips_per_class + tests_per_class):
                fname = f"{label.lower()}{number}.wav"
                self.write(fname, sound(label, number))
                if number < clips_per_class:
                    self.train.append([fname, label, str(number % 2)])
                else:
                    self.test.append([fname, label, "Private" if number % 2 else "Public"])
        self.dataset = {
            "title": name,
            "folder": str(self.folder),
            "tables": {
                "train": {"file": "train.csv", "audio": "audio"},
                "test": {"file": "test.csv", "audio": "audio"},
            },
            "classes": CLASSES,
        }
        self.write_tables()

    def audio(self, fname):
        return self.folder / "audio" / fname

    def write(self, fname, samples, rate=16000):
        soundfile.write(self.audio(fname), samples, rate)

    def write_tables(
        self, train_columns=("fname", "label", "manually_verified"), test_columns=("fname", "label", "usage")
    ):
        for name, columns, rows in (("train", train_columns, self.train), ("test", test_columns, self.test)):
            with open(self.folder / f"{name}.csv", "w", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([columns, *rows])
        self.file.write_text(yaml.safe_dump(self.dataset))


def sound(label, seed, seconds=0.6, rate=16000):
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    if label == "Noise":
        return 0.3 * rng.normal(size=len(time)).clip(-1, 1)
    if label == "Tone":
        return 0.5 * np.sin(2 * np.pi * rng.uniform(300, 2000) * time)
    clicks = np.zeros(len(time))
    clicks[rng.integers(0, len(time), 5)] = 0.9
    return clicks + 1e-3 * rng.normal(size=len(time))
