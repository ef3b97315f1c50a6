"""What a network is to learn of which clips."""

from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Lesson:
    """Labels of clips, and how much they count. It is not changed; methods return another one."""

    clips: pd.DataFrame  # rows of the clip table, those that are learned from
    task: ModuleType  # see workflow_scripts.tasks
    classes: list  # their names
    targets: np.ndarray  # float32 [clips, classes]
    weights: np.ndarray  # [clips], of the loss
    doubtful: np.ndarray  # bool [clips]: nobody has verified the labels
    frame_targets: tuple | None = None  # (float32 [frames, classes], first and frames of each clip in it)
    transition: np.ndarray | None = None  # float32 [classes, classes]: row i, what labels clips of class i are given

    @classmethod
    def given(cls, clips, task, classes, unverified_weight):
        """Return the lesson of the labels in the clip table; an unverified clip weighs ``unverified_weight``."""
        doubtful = (clips["manually_verified"] == 0).to_numpy(copy=True)
        targets = task.targets(clips["label"], classes)
        return cls(clips, task, classes, targets, np.where(doubtful, unverified_weight, 1.0), doubtful)

    def replaced(self, **changes):
        return replace(self, **changes)

    def relabelled(self, clips):
        """Return the lesson of the same ``clips`` with other labels."""
        return replace(self, clips=clips, targets=self.task.targets(clips["label"], self.classes))

    def balanced(self):
        """Return the lesson in which all classes weigh the same.

        A clip weighs N / (classes * n) as much as before, with N clips in all and n of its class; with soft targets, n
        is their sum over the clips, and a clip has the mean of its classes.
        """
        counts = self.targets.sum(axis=0, dtype=float)
        factors = np.divide(len(self.clips) / len(self.classes), counts, out=np.zeros_like(counts), where=counts > 0)
        return replace(self, weights=self.weights * (self.targets @ factors))

    def smoothed(self, epsilon, noisier=(), delta=0.0):
        """Return the lesson of smoothed targets, (1 - e) * target + e / K (Szegedy et al. 2016).

        K: the number of classes; or 2, yes and no, where a clip may have any number of them. e: ``epsilon``; or, where
        some classes are known to be ``noisier``, ``epsilon`` + ``delta`` for these and ``epsilon`` - ``delta`` for the
        others (Fonseca et al., WASPAA 2019), by the class of a clip, or class by class where it may have any number.
        """
        of_classes = epsilon + np.where(np.isin(self.classes, noisier), delta, -delta)
        e = self.targets @ of_classes[:, np.newaxis] if self.task.EXCLUSIVE else of_classes
        uniform = 1 / len(self.classes) if self.task.EXCLUSIVE else 1 / 2
        return replace(self, targets=((1 - e) * self.targets + e * uniform).astype(np.float32))

    def of_weight(self):
        """Return the lesson without the clips that weigh nothing."""
        weigh = self.weights > 0
        clips, frame_targets = self.clips[weigh], self.frame_targets
        if frame_targets is not None:
            frame_targets = (frame_targets[0], frame_targets[1][weigh])
        parts = {key: getattr(self, key)[weigh] for key in ("targets", "weights", "doubtful")}
        return replace(self, clips=clips, frame_targets=frame_targets, **parts)
