"""How much better than the best single system every system is.

Intervals are over clips: of these very trainings, one of each system. Another seed could give another difference; that
is in those of label-noise policies only (workflow_scripts/scoring/seeds_and_clips.py).
"""

import numpy as np

CHOOSING = "oof_verified"  # the split


def best_single(of_clips, singles, main, scored=None):
    """Return the one of ``singles`` (systems; neither baselines nor fusions) that the others are compared with.

    It has the highest value of the metric ``main`` on the verified training clips, out of fold, and is the first of
    equals; test clips have no say, so that what is said of them is not said of a winner on them. Without verified clips
    that all of them have predicted nothing is left to choose by, and it is the first. ``of_clips``, ``scored``: as of
    :func:`compared`.
    """
    chosen_by = _common(of_clips, scored, main, [(system, CHOOSING) for system in singles])
    if chosen_by is None:
        return singles[0]
    values = [round(estimate.value, 6) for estimate in chosen_by]  # equal in the score table is equal
    return singles[values.index(max(values))]


def compared(of_clips, singles, main, seed, resamples, scored=None):
    """Return the rows, as dicts, of the table of comparisons (workflow_scripts/tables/comparisons.py).

    ``of_clips``: (system, split) -> metric -> estimate (:mod:`workflow_scripts.scoring.estimates`). ``main``: the
    metric that the best single system is chosen by. ``scored``: (system, split) -> names of the clips that the
    estimates are of; None: of a split all systems have the same in the same order. Two systems are compared on the
    clips that both have.
    """
    against = best_single(of_clips, singles, main, scored)
    rows = []
    for (system, split), scores in of_clips.items():
        for metric in scores:
            pair = _common(of_clips, scored, metric, [(system, split), (against, split)])
            numbers = {"difference": np.nan, "low": np.nan, "high": np.nan, "clips": 0}
            if pair is not None:
                difference, low, high = pair[0].difference(pair[1], seed, resamples)
                numbers = {"difference": difference, "low": low, "high": high, "clips": pair[0].clips}
            rows.append({"system": system, "against": against, "split": split, "metric": metric} | numbers)
    return rows


def _common(of_clips, scored, metric, keys):
    """Return the estimates of each key on the clips that all have; None where there are no such."""
    if not all(key in of_clips for key in keys):
        return None
    estimates = [of_clips[key][metric] for key in keys]
    if scored is None or all(scored[key].equals(scored[keys[0]]) for key in keys):
        return estimates
    common = scored[keys[0]]
    for key in keys:
        common = common[common.isin(scored[key])]
    if not len(common):
        return None
    return [each.of(scored[key].get_indexer(common)) for each, key in zip(estimates, keys, strict=True)]
