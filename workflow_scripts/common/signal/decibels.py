"""Decibels of power, and the weighting of frequencies by how loud they seem."""

import numpy as np


def decibels(power, quietest):
    """Return 10 log10 of ``power``, which counts as ``quietest`` where it is less."""
    return 10.0 * np.log10(np.maximum(quietest, power))


def a_weighting(hertz, lowest=-80.0):
    """Return the A-weighting of IEC 61672 at ``hertz``, [n], in dB, 0 near 1000 Hz; nowhere less than ``lowest``."""
    square = np.asarray(hertz, float) ** 2
    poles = np.array([12194.217, 20.598997, 107.65265, 737.86223]) ** 2  # Hz
    with np.errstate(divide="ignore"):  # at 0 Hz: minus infinity
        weights = 2.0 + 20.0 * (
            np.log10(poles[0])
            + 2 * np.log10(square)
            - np.log10(square + poles[0])
            - np.log10(square + poles[1])
            - 0.5 * np.log10(square + poles[2])
            - 0.5 * np.log10(square + poles[3])
        )
    return np.maximum(lowest, weights)
