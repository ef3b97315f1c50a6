"""Classifiers of vectors, fitted in a second on a CPU: one vector a clip, the mean of its frames.

They need no torch, whose import takes longer than they do. Of each of its kind (``parts/classifiers``) several are
fitted, and the clips that validate choose one, as they choose the epoch of a network. Each stage fits anew; of its
settings they heed ``labels``, ``learn_from``, ``validate_on``, ``unverified_weight`` and ``checkpoint_selection``.
"""

import logging
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import load_part
from workflow_scripts.tables.models import read_model as read_tensors
from workflow_scripts.tables.models import write_model
from workflow_scripts.training.segments import segments_of

log = logging.getLogger("classifier")
SECTIONS = ("classifier",)


def prepare(device, threads, deterministic):
    """Return ``cpu``, whatever the device; Snakemake has told the libraries how many threads they have."""
    return "cpu"


@dataclass
class Model:
    classifier: dict  # the recipe's: name and parameters
    classes: int
    chosen: dict  # the parameters of the candidate that was chosen
    arrays: dict = field(repr=False)  # name -> array

    def write(self, path):
        write_model(path, self.arrays, {key: getattr(self, key) for key in ("classifier", "classes", "chosen")})


def read_model(path):
    arrays, description = read_tensors(path, framework="np")
    return Model(arrays=arrays, **description)


class Learner:
    """See :mod:`workflow_scripts.learners`."""

    def __init__(self, sections, task, store, device):
        self.settings, self.task, self.store = sections["classifier"], task, store
        self.part = load_part("parts.classifiers", self.settings["name"])

    def learn(self, lesson, validating, everything, stage, seed, start, resume):
        vectors, heard = self._vectors(segments_of(self.store.index, lesson.clips), len(lesson.clips))
        if not heard.any():
            raise UserError("none of the clips to learn from has any sound; hold out fewer, or learn from others")
        if not heard.all():
            log.info("%d clips without audio are not learned from", (~heard).sum())
        targets = self.task.targets(validating["label"], lesson.classes)
        selection = stage["checkpoint_selection"]
        measure, best = self.task.BEST[selection["metric"]]
        given = (vectors[heard], lesson.targets[heard], lesson.weights[heard], self.task.EXCLUSIVE)
        models, rows = [], []
        for number, (chosen, arrays, loss) in enumerate(self.part.candidates(*given, **self._parameters()), start=1):
            model = Model(self.settings, len(lesson.classes), chosen, arrays)
            measures = self.task.measures(self.predict(model, validating), targets)
            models.append(model)
            rows.append({"epoch": number, "learning_rate": np.nan, "training_loss": loss} | measures)
            log.info("%s: %s %.4f", chosen, measure, measures[measure])
        history = pd.DataFrame(rows)
        scores = history[measure].to_numpy() * {"lowest": 1, "highest": -1}[best]
        return models[int(scores.argmin()) if selection["rule"] == "best" else -1], history

    def predict(self, model, clips):
        return self.predict_segments(model, segments_of(self.store.index, clips), len(clips))

    def predict_segments(self, model, index, count):
        vectors, heard = self._vectors(index, count)
        probabilities = np.full((count, model.classes), 1 / model.classes)
        if heard.any():
            probabilities[heard] = self.part.predict(model.arrays, vectors[heard], self.task.EXCLUSIVE)
        return probabilities

    def predict_windows(self, model, clips):
        """A clip is heard as a whole."""
        return self.predict(model, clips), np.arange(len(clips))

    def judge(self, model, clips, draws, seed):
        """There is one way to hear a clip, so all draws are alike."""
        return self.predict(model, clips)

    def _vectors(self, index, count):
        """Return float64 [count, values], the mean of each clip's frames, and bool [count], whether it has any."""
        total = np.zeros((count, self.store.frames.shape[1]))
        frames = np.zeros(count)
        for row in index.itertuples():
            total[row.clip] += self.store.frames[row.first : row.first + row.frames].sum(axis=0, dtype=float)
            frames[row.clip] += row.frames
        return total / np.maximum(frames, 1)[:, None], frames > 0

    def _parameters(self):
        return {key: value for key, value in self.settings.items() if key != "name"}
