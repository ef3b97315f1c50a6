"""What an ensemble makes of unverified labels: replaced, promoted to verified, or left alone (Iqbal et al. 2018)."""

import numpy as np


def relabel(probabilities, labels, relabel_above=0.0, promote_above=0.7):
    """Return (new labels, relabelled, promoted), three arrays [clips], of unverified clips.

    ``probabilities``: [clips, classes], each clip judged by models that did not train on it; ``labels``: given class
    index per clip. With p the largest probability of a clip:

    - its class is another than the given label, and p > ``relabel_above``: the class replaces the label (the paper
      gives no threshold, the authors' code has 0, that is every disagreement; None: never);
    - its class is the given label, and p > ``promote_above`` (tau): the clip counts as verified (None: never).

    No clip is both relabelled and promoted. Of equal probabilities the first class is the largest.
    """
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    agrees = predicted == labels
    relabelled = ~agrees & _above(confidence, relabel_above)
    return np.where(relabelled, predicted, labels), relabelled, agrees & _above(confidence, promote_above)


def _above(values, threshold):
    return np.zeros(len(values), bool) if threshold is None else values > threshold
