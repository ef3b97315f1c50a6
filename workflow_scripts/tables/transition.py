"""Which labels clips of each class are given where nobody verifies them: one row per pair of classes."""

import numpy as np

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.declaration import Table

ROUNDING = 1e-6


class Transition(Table):
    file = "<dataset>/systems/<system>/stage<s>/transition.csv"
    key = ("label", "given_label")

    label: str  # the true class
    given_label: str  # the class that a clip of it is labelled with
    probability: float  # [0..1] how often; over the given labels of a class the sum is 1


def read_transition(path, classes):
    """Return the table at ``path`` as a matrix, float32 [classes, classes]: true class, given label.

    Raises what :meth:`workflow_scripts.tables.declaration.Table.read` does, and DamagedError where a row of the matrix
    is no distribution.
    """
    table = Transition.read(path).pivot(index="label", columns="given_label", values="probability")
    matrix = table.reindex(index=classes, columns=classes).to_numpy(float)
    wrong = ~((matrix >= 0).all(axis=1) & (np.abs(matrix.sum(axis=1) - 1) <= ROUNDING))
    if wrong.any():
        raise DamagedError(path, f"the probabilities of the class {classes[wrong.argmax()]} do not sum to 1")
    return matrix.astype(np.float32)


def write_transition(matrix, classes, path):
    """Write ``matrix``, [classes, classes]."""
    pairs = [(label, given, matrix[i, j]) for i, label in enumerate(classes) for j, given in enumerate(classes)]
    Transition.write(pairs, path)
