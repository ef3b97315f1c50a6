"""A front end's spectrograms, or embeddings, of sounds that no feature store holds, made and laid out as there."""

import numpy as np
import pandas as pd

from workflow_scripts.data.front_end import SilenceRule, frames_rule
from workflow_scripts.tables.features import FeatureStore


class FrontEnd:
    """``settings``: the section ``front_end`` of a manifest. ``path``: of the pretrained network, for embeddings."""

    def __init__(self, settings, path=None, device="cpu"):
        self.silence = SilenceRule(settings["silence"])
        self.rule = frames_rule(settings, path, device)

    def spectrograms(self, samples, rate):
        """Return float32 [frames, bands] of each non-silent part of ``samples`` [n], n > 0, at ``rate`` Hz."""
        segments, _ = self.silence.segments(samples, rate)
        return self.rule.spectrograms(samples, rate, segments)


def feature_store(spectrograms):
    """Return the feature store of some clips; its index has the column ``clip`` (``workflow_scripts.parts.windows``).

    ``spectrograms``: per clip those of its segments, of one front end.
    """
    parts = [(clip, part) for clip, parts in enumerate(spectrograms) for part in parts]
    frames = np.array([len(part) for _, part in parts])
    index = pd.DataFrame(
        {
            "clip": [clip for clip, _ in parts],
            "first": np.cumsum(frames) - frames,
            "frames": frames,
            "minimum": [float(part.min()) for _, part in parts],
        }
    )
    return FeatureStore(np.concatenate([part for _, part in parts]), index)
