"""How much better than the best single system every system is."""

from workflow_scripts.scoring.bootstrap import paired_interval


def best_single(of_clips, singles):
    """Return the one of ``singles`` (systems; neither baselines nor fusions) that the others are compared with.

    It has the highest MAP@3 on the verified training clips, out of fold, and is the first of equals; test clips have no
    say, so that what is said of them is not said of a winner on them. Without verified clips nothing is left to choose
    by, and it is the first. ``of_clips``: as of :func:`compared`.
    """

    def score(system):
        scores = of_clips.get((system, "oof_verified"))
        return round(scores["map3"].mean(), 6) if scores else 0  # equal in the score table is equal

    return max(singles, key=score)


def compared(of_clips, singles, seed, resamples):
    """Return the rows, as dicts, of the table of comparisons (workflow_scripts/tables/comparisons.py).

    ``of_clips``: (system, split) -> metric -> scores [clips], of all systems on the same clips in the same order.
    """
    against = best_single(of_clips, singles)
    rows = []
    for (system, split), scores in of_clips.items():
        for metric, values in scores.items():
            others = of_clips[against, split][metric]
            low, high = paired_interval(values, others, seed, resamples)
            numbers = {"difference": (values - others).mean(), "low": low, "high": high, "clips": len(values)}
            rows.append({"system": system, "against": against, "split": split, "metric": metric} | numbers)
    return rows
