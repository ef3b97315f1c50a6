"""When a training that no longer gets better ends before its last epoch."""


def is_over(scores, rule):
    """Tell whether a training with these ``scores``, one per finished epoch, the higher the better, is to end.

    ``rule``: None for never; else ``after``: the first so many epochs do not count, ``patience``: it ends after so many
    epochs in turn without a gain, a score that is more than ``least_gain`` above the best one of before.
    """
    if rule is None:
        return False
    best, waited = float("-inf"), 0
    for score in scores[rule["after"] :]:
        gained = score - rule["least_gain"] > best
        best, waited = (score, 0) if gained else (best, waited + 1)
        if waited == rule["patience"]:
            return True
    return False
