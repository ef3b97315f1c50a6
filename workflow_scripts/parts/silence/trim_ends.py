"""Cutting the silence before and after the sound as SoX does (Dorfer & Widmer 2018, arguments from the authors' code).

Equivalent to ``sox ... norm -0.1 silence 1 0.025 0.15% norm -0.1 reverse silence 1 0.025 0.15% reverse``.
"""

import numpy as np

WINDOWS_PER_SECOND = 50  # SoX's silence effect measures the level over 20 ms
FULL_SCALE = 2**31  # and rounds it down to a whole 32-bit step


def find_segments(samples, rate, *, peak_db=-0.1, threshold=0.0015, hold_seconds=0.025):
    """Return [(start, end)], the sound without its leading and trailing silence, in samples, end exclusive.

    ``samples``: [n] float32. The audio is normalised to a peak of ``peak_db`` dB re full scale. Sound starts where the
    RMS of the 20 ms before comes to ``threshold`` (of full scale) and does not fall below it for ``hold_seconds``. The
    end is found likewise in the rest, normalised anew and reversed. Silence within the sound stays.
    Returns an empty list where nothing is loud for long enough.
    """
    criterion = rate, 10 ** (peak_db / 20), threshold, hold_seconds
    start = _onset(samples, *criterion)
    if start is None:
        return []
    trailing = _onset(samples[start:][::-1], *criterion)
    return [] if trailing is None else [(start, len(samples) - trailing)]


def _onset(samples, rate, peak, threshold, hold_seconds):
    """Return where the sound starts, or None; only as much is looked at as is needed, at first a second."""
    window, hold = rate // WINDOWS_PER_SECOND, int(hold_seconds * rate + 0.5)
    largest = float(max(samples.max(initial=0), -samples.min(initial=0)))
    if largest == 0:
        return None
    seen = rate
    while True:
        # Before the first sample SoX's window holds zeros. Sums of squares of 16-bit samples are exact in float64.
        energy = np.zeros(window + min(seen, len(samples)))
        np.cumsum(np.square(samples[:seen], dtype=np.float64), out=energy[window:])
        rms = np.sqrt((energy[window:] - energy[:-window]) / window) * (peak / largest)
        quiet = np.floor(rms * FULL_SCALE) < threshold * FULL_SCALE
        borders = np.concatenate([[-1], np.flatnonzero(quiet), [len(quiet)]])
        held = np.flatnonzero(np.diff(borders) > hold)
        if len(held):
            return int(borders[held[0]]) + 1
        if seen >= len(samples):
            return None
        seen *= 4
