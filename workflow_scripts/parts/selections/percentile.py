"""All but the clips of the largest losses (Fonseca et al., WASPAA 2019, who call it pruning)."""

import numpy as np

VALUES = {"at": (0, 100)}


def select(losses, seed, at=97):
    """Keep the clips whose loss is at most the percentile ``at`` of all of them, 0..100.

    Between two losses it is interpolated, as by numpy. The paper's are 96.25, 97, 97.75, 98.5 and 99.25.
    """
    return losses <= np.percentile(losses, at), np.full(len(losses), np.nan)
