"""Splitting a clip at its pauses (Iqbal et al. 2018, constants from the authors' code, rule of pydub).

A clip that consists only of transients (knocks, clicks) decays below the usual threshold while it still sounds, so it
is split at a lower one.
"""

import numpy as np

STEPS_PER_SECOND = 1000  # silence is looked for every millisecond
FULL_SCALE = 2**15  # pydub rounds the RMS down to a whole 16-bit step


def find_segments(
    samples,
    rate,
    *,
    min_silence_seconds=0.5,
    keep_seconds=0.4,
    threshold_db=-48.0,
    transient_threshold_db=-56.0,
    transient_seconds=0.5,
    envelope_samples=1024,
    envelope_range_db=-30.0,
):
    """Return the non-silent parts as [(start, end), ...], in samples, end exclusive, in order and disjoint.

    ``samples``: [n] float32 at the clip's own level. Silence is where the RMS over ``min_silence_seconds`` is at most
    ``threshold_db`` (dB re full scale), or ``transient_threshold_db`` if the clip consists only of transients: if its
    envelope, the mean of ``envelope_samples`` magnitudes, never stays above ``envelope_range_db`` (dB re its maximum)
    for ``transient_seconds`` before it falls again. ``keep_seconds`` of the silence stay on either side of a part; a
    pause too short for both margins is divided in its middle.
    A clip no longer than two margins or the shortest pause stays whole. Returns an empty list where there is only
    silence.
    """
    if len(samples) <= max(2 * keep_seconds, min_silence_seconds) * rate:
        return [(0, len(samples))] if samples.any() else []
    transient = _is_transient(samples, rate, transient_seconds, envelope_samples, envelope_range_db)
    level = 10 ** ((transient_threshold_db if transient else threshold_db) / 20)
    pause_starts, pause_ends = _pauses(samples, rate, int(min_silence_seconds * rate), level)

    starts, ends = np.append(0, pause_ends), np.append(pause_starts, len(samples))
    starts, ends = starts[starts < ends], ends[starts < ends]
    middles = (ends[:-1] + starts[1:]) // 2
    keep = int(keep_seconds * rate)
    starts = np.maximum(starts - keep, np.append(0, middles)[: len(starts)])
    ends = np.minimum(ends + keep, np.append(middles, len(samples))[: len(ends)])
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _is_transient(samples, rate, seconds, window, range_db):
    window = min(window, len(samples))
    total = _running_sums(np.abs(samples))
    envelope = total[window:] - total[:-window]
    loud = envelope > envelope.max() * 10 ** (range_db / 20)
    edges = np.flatnonzero(loud[1:] != loud[:-1]) + 1
    edges = np.append(0, edges) if loud[0] else edges
    falls = edges[1::2]
    rises = edges[::2][: len(falls)]  # as in the authors' code, a sound that never falls does not count
    return (falls - rises).max(initial=0) < seconds * rate


def _pauses(samples, rate, window, level):
    last = len(samples) - window
    starts = np.append(np.arange(last * STEPS_PER_SECOND // rate + 1) * rate // STEPS_PER_SECOND, last)
    total = _running_sums(np.square(samples, dtype=np.float64))
    rms = np.sqrt((total[starts + window] - total[starts]) / window)
    silent = starts[np.floor(rms * FULL_SCALE) <= level * FULL_SCALE]
    # Silent windows that overlap or touch make one pause.
    first = np.diff(silent, prepend=-window - 1) > window
    final = np.diff(silent, append=len(samples) + window) > window
    return silent[first], silent[final] + window


def _running_sums(values):
    """Return the sums of the first 0, 1, ... of ``values``; exact for 16-bit samples and their squares."""
    total = np.zeros(len(values) + 1)
    total[1:] = values
    return np.cumsum(total, out=total)
