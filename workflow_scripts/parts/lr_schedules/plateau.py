"""Falling whenever the validation score has not risen for some epochs, as by Keras' ReduceLROnPlateau."""

VALUES = {"factor": (0, 1), "patience": (1, None), "least_gain": (0, None), "lowest": (0, None)}


def rate(place, learning_rate, factor, patience, least_gain=0.0, lowest=0.0):
    """Multiply by ``factor`` after every ``patience`` epochs in turn without a gain, but never below ``lowest``.

    An epoch gains if its score, by the metric of checkpoint_selection, is more than ``least_gain`` above the best one
    of before. A stage that goes on keeps the rate that it was left, and begins to wait, and to look for the best
    score, anew (as Fonseca et al., WASPAA 2019, whose code makes a new ReduceLROnPlateau).
    """
    best, waited, falls = float("-inf"), 0, 0
    for number, score in enumerate(place.scores):
        if number == place.earlier:
            best, waited = float("-inf"), 0
        best, waited = (score, 0) if score - least_gain > best else (best, waited + 1)
        if waited == patience:
            waited, falls = 0, falls + 1
    return max(learning_rate * factor**falls, lowest)
