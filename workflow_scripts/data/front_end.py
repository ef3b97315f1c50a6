"""The two halves of a front end, as recipes name them: the non-silent parts of a recording, and what is made of them.

That is spectrograms, or embeddings: what a pretrained network says of one window of sound after the other.
"""

import numpy as np

from workflow_scripts.common.parts import load_part, part_function
from workflow_scripts.common.signal.resampling import resample

POOLS = {"mean": np.mean, "max": np.max}


class SilenceRule:
    """``settings``: {"name": a module in workflow_scripts/parts/silence, its parameters ...}"""

    def __init__(self, settings):
        self.parameters = {key: value for key, value in settings.items() if key != "name"}
        self.part = load_part("parts.silence", settings["name"])

    def segments(self, samples, rate):
        """Return ([(start, end), ...] in samples, end exclusive; whether any sound was found).

        ``samples``: [n] float32 at ``rate`` Hz. Where no sound is found, all of it is one segment; where n is 0, there
        is none.
        """
        found = self.part.find_segments(samples, rate, **self.parameters)
        return found or [(0, len(samples))] * (len(samples) > 0), bool(found)


class SpectrogramRule:
    """``settings``: {"name": a module in workflow_scripts/parts/spectrograms, its parameters ...}"""

    def __init__(self, settings):
        self.parameters = {key: value for key, value in settings.items() if key != "name"}
        self.part = load_part("parts.spectrograms", settings["name"])

    def spectrograms(self, samples, rate, segments):
        """Return float32 [frames, bands] of each of ``segments`` [(start, end), ...] of ``samples`` at ``rate`` Hz."""
        return [self.part.spectrogram(samples[start:end], rate, **self.parameters) for start, end in segments]


class EmbeddingRule:
    """A front end whose frames are vectors that a pretrained network says of windows of sound.

    ``settings``: ``runtime``, ``input`` and ``values`` as in schemas/weights.schema.yaml; ``pool``, what becomes of the
    vectors of one segment: None, they stay one after the other, or names in POOLS, whose results side by side are the
    segment's only frame. ``path``: of the weights. Raises UserError where these are no such model.
    """

    def __init__(self, settings, path, device="cpu"):
        self.rate, self.window, self.hop = (settings["input"][key] for key in ("sample_rate", "window", "hop"))
        spectrogram = settings["input"].get("spectrogram")
        self.frames = part_function("parts.spectrograms", spectrogram, "spectrogram") if spectrogram else None
        self.pool = settings["pool"]
        shape = self._inputs(np.zeros((1, self.window), np.float32)).shape[1:]
        load = part_function("parts.embeddings", settings["runtime"], "load")
        self.embed = load(path, shape, settings["values"], device)

    def spectrograms(self, samples, rate, segments):
        """Return float32 [frames, values] of each of ``segments`` [(start, end), ...] of ``samples`` at ``rate`` Hz.

        A frame starts every hop, and the last one's window ends with the segment; of one shorter than a window there
        is one frame, the segment filled up with zeros at its end.
        """
        return [self._vectors(resample(samples[start:end], rate, self.rate)) for start, end in segments]

    def _vectors(self, samples):
        samples = np.pad(samples, (0, max(self.window - len(samples), 0)))
        last = len(samples) - self.window
        starts = [*range(0, last, self.hop), last]
        vectors = self.embed(self._inputs(np.stack([samples[start : start + self.window] for start in starts])))
        return vectors if self.pool is None else np.hstack([POOLS[name](vectors, axis=0) for name in self.pool])[None]

    def _inputs(self, windows):
        return windows if self.frames is None else np.stack([self.frames(window, self.rate) for window in windows])


def frames_rule(front_end, path=None, device="cpu"):
    """Return the second half of ``front_end``; ``path``: of the weights, where it is an embedding."""
    if "embedding" in front_end:
        return EmbeddingRule(front_end["embedding"], path, device)
    return SpectrogramRule(front_end["spectrogram"])
