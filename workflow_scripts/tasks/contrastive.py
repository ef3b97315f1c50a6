"""Nothing is asked of a clip but to know it again in another view: pre-training without labels (Fonseca et al. 2021).

Outputs are projections of views, not logits of classes. How good they are is measured on clips whose labels are known,
by their nearest neighbours: see :mod:`workflow_scripts.scoring.nearest_neighbours`.
"""

import numpy as np

from workflow_scripts.scoring.balanced_accuracy import balanced_accuracy

DEFAULT_LOSS = {"name": "nt_xent"}
EXCLUSIVE = False
MAIN = "knn_accuracy"
MEASURES = ["knn_accuracy"]
BEST = {"knn": ("knn_accuracy", "highest")}
NEIGHBOURS = 200  # that vote, where a recipe says nothing else
SHORTEST = 1e-12  # a projection that is shorter stays it


def names(label):
    return ()


def targets(labels, classes):
    """Return the number of each clip, 0 to clips - 1, [clips, 1] float32, whatever its label."""
    return np.arange(len(labels), dtype=np.float32)[:, np.newaxis]


def strata(targets):
    """Every clip is a class of its own, whose windows are views of the same."""
    return targets[:, 0].astype(int)


def probabilities(outputs):
    """Return the projections with a length of one each."""
    return outputs / outputs.norm(dim=1, keepdim=True).clamp(min=SHORTEST)


def measures(probabilities, targets):
    """``knn_accuracy``: balanced accuracy of the nearest neighbours' votes.

    ``probabilities``: their shares of votes; ``targets``: of a task whose clips have one class, both [clips, classes].
    """
    return {"knn_accuracy": balanced_accuracy(probabilities.argmax(axis=1), targets.argmax(axis=1))}
