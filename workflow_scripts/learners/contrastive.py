"""Networks that learn to know a clip again, and none of its labels: what later stages start from.

How much they know is told by the nearest neighbours of patches, by projections of length one (Fonseca et al. 2021): the
neighbours are patches of the verified clips that are learned from, whose labels serve for this alone. So what is
``predicted`` of clips are shares of votes of their patches, no probabilities; and only a learner that has learned knows
whose votes they are.
"""

import numpy as np
import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.fusion.means import arithmetic_mean
from workflow_scripts.learners import network
from workflow_scripts.scoring import nearest_neighbours
from workflow_scripts.tables.clips import selected
from workflow_scripts.tasks import multiclass
from workflow_scripts.tasks.contrastive import NEIGHBOURS
from workflow_scripts.training.inference import ieee_float32, predict_all_windows

SECTIONS, prepare, read_model = network.SECTIONS, network.prepare, network.read_model


class Learner(network.Learner):
    """See :mod:`workflow_scripts.learners`."""

    def learn(self, lesson, validating, everything, stage, seed, start, resume):
        known = selected(lesson.clips, "verified")
        self.known = self._windows(known)
        if self.known.empty:
            raise UserError(
                "checkpoint_selection.metric: knn needs verified clips that are learned from as neighbours, and there "
                "are none; let the stage learn from them, too (`learn_from`)"
            )
        self.classes = len(lesson.classes)
        self.labels = torch.from_numpy(_numbers(known, lesson.classes)).to(self.bank.device)
        self.neighbours = stage["checkpoint_selection"].get("neighbours", NEIGHBOURS)
        return super().learn(lesson, validating, everything, stage, seed, start, resume)

    def _validation(self, lesson, validating):
        windows, targets = self._windows(validating), multiclass.targets(validating["label"], lesson.classes)
        return lambda network: (self._votes(network, windows, len(targets)), targets)

    @ieee_float32()
    def _predicted(self, model, windows, count):
        of_epochs = [self._votes(network, windows, count) for network in model.networks(self.bank.device)]
        return arithmetic_mean(np.stack(of_epochs))

    def _votes(self, network, windows, count):
        """Return which share of the patches of each clip votes for each class, [clips, classes]."""
        (memory, of), (queries, clip) = (self._projections(network, table) for table in (self.known, windows))
        classes = self.labels[torch.from_numpy(of).to(self.labels.device)]
        shares = nearest_neighbours.predict(memory, classes, queries, self.neighbours, classes=self.classes)
        return nearest_neighbours.votes_of_patches(shares.cpu().numpy(), clip, count)

    def _projections(self, network, windows):
        """Return the projections of all windows on the device, [windows, d], and the clip of each, int [windows]."""
        vectors, clip = predict_all_windows(network, self.bank, windows, self.task)
        return torch.from_numpy(vectors).to(self.bank.device), clip


def _numbers(clips, classes):
    """Return the number of each clip's class, int [clips]."""
    return multiclass.strata(multiclass.targets(clips["label"], classes))
