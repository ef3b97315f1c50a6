"""What a stack has learned: which system it trusts for which class."""

import numpy as np
import pandas as pd


def weights_by_class(coefficients, features, systems, classes):
    """Return the table of :mod:`workflow_scripts.tables.stack_weights`, its shares NaN where empty there.

    ``coefficients``: [systems * classes, classes], see :class:`workflow_scripts.fusion.stack.Stack`; ``features``:
    [clips, systems * classes], what it was fitted to; ``systems``, ``classes``: names.
    """
    shape = (len(systems), len(classes), len(classes))
    by_system = coefficients.reshape(shape)  # system, probability of class, decision about class
    spread = np.where(np.ptp(features, axis=0) > 0, features.std(axis=0), 0)  # a constant's is not quite 0
    influence = np.abs(by_system * spread.reshape(shape[:2])[:, :, None]).sum(axis=1)
    total = influence.sum(axis=0)
    shares = np.divide(influence, total, out=np.full_like(influence, np.nan), where=total > 0)
    rows = []
    for label, name in enumerate(classes):
        for number, system in enumerate(systems):
            column = by_system[number, :, label]
            others = np.where(np.arange(len(classes)) == label, 0, np.minimum(column, 0))
            row = {"label": name, "system": system, "own_coefficient": column[label], "share": shares[number, label]}
            row["against"] = classes[others.argmin()] if others.min() < 0 else ""
            rows.append(row | {"against_coefficient": others.min()})
    return pd.DataFrame(rows)
