"""The polyphonic sound detection score (Bilen et al. 2020): the measure of today, which needs no threshold.

By sed_scores_eval, exactly (Ebbers et al. 2022), in the two scenarios of DCASE 2021 to 2023 Task 4: the first asks for
events that are detected fast and with exact bounds, the second above all for classes that are not confused.
"""

import warnings

import numpy as np
import pandas as pd

with warnings.catch_warnings():  # as in sound_events.py
    warnings.simplefilter("ignore")
    from sed_scores_eval import intersection_based

SCENARIOS = {
    "psds1": {"dtc_threshold": 0.7, "gtc_threshold": 0.7, "cttc_threshold": None, "alpha_ct": 0.0, "alpha_st": 1.0},
    "psds2": {"dtc_threshold": 0.1, "gtc_threshold": 0.1, "cttc_threshold": 0.3, "alpha_ct": 0.5, "alpha_st": 1.0},
}
LARGEST_FALSE_POSITIVE_RATE = 100  # per hour
LEAST_CLASSES = 2  # that sed_scores_eval compares


def psds(probabilities, reference, classes, step_seconds):
    """Return ``psds1`` and ``psds2``, each in 0..1, NaN where fewer than two classes have any event.

    ``probabilities``: fname -> [steps, classes] in 0..1, step k lasting from k to k + 1 times ``step_seconds``.
    ``reference``: table with fname, onset, offset and event_label; events of other clips are ignored. Events of a class
    that overlap or touch count as one. A class without events in these clips is left out.
    """
    reference = reference[reference["fname"].isin(probabilities)]
    known = [number for number, label in enumerate(classes) if label in set(reference["event_label"])]
    if len(known) < LEAST_CLASSES:
        return dict.fromkeys(SCENARIOS, float("nan"))
    names = [classes[number] for number in known]
    events = {fname: [] for fname in probabilities}
    for fname, onset, offset, label in _merged(reference):
        events[fname].append((onset, offset, label))
    scores = {fname: _scores(steps[:, known], names, step_seconds) for fname, steps in probabilities.items()}
    seconds = {fname: len(steps) * step_seconds for fname, steps in probabilities.items()}
    limits = {"max_efpr": LARGEST_FALSE_POSITIVE_RATE, "unit_of_time": "hour"}
    return {
        name: float(intersection_based.psds(scores, events, seconds, **scenario, **limits)[0])
        for name, scenario in SCENARIOS.items()
    }


def _merged(reference):
    """Return [fname, onset, offset, label] of the events, those of a class that overlap or touch as one."""
    merged = []
    for (fname, label), events in reference.groupby(["fname", "event_label"], sort=False):
        bounds = events[["onset", "offset"]].sort_values("onset").itertuples(index=False)
        for onset, offset in bounds:
            if merged and merged[-1][0] == fname and merged[-1][3] == label and onset <= merged[-1][2]:
                merged[-1][2] = max(merged[-1][2], offset)
            else:
                merged.append([fname, onset, offset, label])
    return merged


def _scores(steps, names, step_seconds):
    bounds = np.arange(len(steps) + 1) * step_seconds
    table = {"onset": bounds[:-1], "offset": bounds[1:]} | dict(zip(names, np.asarray(steps, float).T, strict=True))
    return _Writable(table)


class _Writable(pd.DataFrame):
    """A table whose arrays may be written to, which sed_scores_eval 0.0.4, the last release, asks for without writing.

    It takes the bounds as ``scores["onset"].to_numpy()`` and hands them to Cython functions with plain memory views;
    since pandas 3 copies on write, that array is read-only: "buffer source array is read-only". To be dropped as soon
    as ``test_the_workaround_for_read_only_tables_is_needed`` fails.
    """

    @property
    def _constructor(self):
        return _Writable

    def to_numpy(self, *arguments, **options):
        return np.array(super().to_numpy(*arguments, **options))
