"""Wrong labels, and whether what the clip is has a class at all."""

import numpy as np

VOCABULARIES = ("in_vocabulary", "out_of_vocabulary")


def wrong_labels(given, truth, classes):
    """Return ``in_vocabulary`` and ``out_of_vocabulary`` -> bool [clips]: labels that are wrong in this way.

    ``given``, ``truth``: labels [clips]. In vocabulary: the true label is another one of ``classes``; out of
    vocabulary: it is none of them, so that no classifier can name it.
    """
    wrong, outside = np.asarray(given) != np.asarray(truth), ~np.isin(truth, classes)
    return dict(zip(VOCABULARIES, (wrong & ~outside, wrong & outside), strict=True))
