"""In which order to listen."""

import numpy as np


def ranks(scores, verified, fnames):
    """Return the rank [clips] of each clip, from 1: unverified clips first, since a person has listened to the others.

    ``scores``: [clips], the larger the earlier; of equal ones the clip whose name comes first in code points.
    ``verified``: bool [clips]. ``fnames``: names [clips], all different.
    """
    order = np.lexsort([np.asarray(fnames, str), -np.asarray(scores), np.asarray(verified)])
    places = np.empty(len(order), int)
    places[order] = np.arange(1, len(order) + 1)
    return places
