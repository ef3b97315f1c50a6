"""Patches of one length at random places to learn from, at a fixed hop to predict (Fonseca et al. 2021).

Of two patches of a clip, drawn independently, each is a view of what the other is a view of.
"""

import numpy as np

from workflow_scripts.parts.windows import sliding


def training_windows(segments, rng, length, hop, draws=1):
    """``draws`` patches of ``length`` frames from every segment, each at a place of its own; they may overlap.

    A segment that is shorter than a patch is repeated until it fills it. ``hop`` is not used here.
    """
    segments = segments.iloc[np.repeat(np.arange(len(segments)), draws)]
    beyond = np.maximum(segments["frames"].to_numpy() - length, 0)
    return segments.assign(offset=rng.integers(0, beyond + 1), length=length, repeat=True)


def inference_windows(segments, length, hop, draws=1):
    """A patch every ``hop`` frames, as many as fit; ``draws`` is not used here."""
    return sliding.inference_windows(segments, length, hop)
