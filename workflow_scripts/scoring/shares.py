"""Shares of what may be nothing."""

import numpy as np


def share(part, whole):
    """Return part / whole, NaN where ``whole`` is 0."""
    return float(part / whole) if whole else float("nan")


def shares(parts, wholes):
    """Return the same of arrays of one shape."""
    return np.divide(parts, wholes, out=np.full(np.shape(wholes), np.nan), where=np.asarray(wholes) > 0)
