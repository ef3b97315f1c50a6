"""When a training that no longer gets better ends before its last epoch."""


def is_over(scores, rule):
    """Tell whether a training with these ``scores``, one per finished epoch, the higher the better, is to end.

    ``rule``: None for never; else ``after``: the first so many epochs do not count, ``patience``: it ends after so many
    epochs in turn without a score that is at least ``least_gain`` above the best one of before (the DCASE 2018 Task 4
    baseline: 6, 15, 0.01).
    """
    if rule is None:
        return False
    best, waited = float("-inf"), 0
    for score in scores[rule["after"] :]:
        gained = score >= best + rule["least_gain"]
        best, waited = (score, 0) if gained else (best, waited + 1)
        if waited == rule["patience"]:
            return True
    return False
