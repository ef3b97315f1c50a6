"""Tagging sounds with a trained ensemble: each window of a sound goes the way of a test clip.

From Python, in the folder of the checkout::

    from workflow_scripts.tagging.tagger import Tagger

    tagger = Tagger.read("results/fsdkaggle2018-demo/tagger.json")
    table = tagger.tag("street.mp3")  # or tagger.tag(samples, rate)
    table.mean().nlargest(3)
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from os import PathLike

import numpy as np
import pandas as pd
import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import load_part
from workflow_scripts.data.audio import read_blocks
from workflow_scripts.data.decoding import LOUDEST
from workflow_scripts.data.mixdown import mix
from workflow_scripts.fusion.mean_of_systems import mean_of_systems
from workflow_scripts.fusion.means import arithmetic_mean
from workflow_scripts.fusion.stack_file import read_stack
from workflow_scripts.tagging.cutting import cut
from workflow_scripts.tagging.features import FrontEnd, feature_store
from workflow_scripts.tagging.manifest import read_manifest
from workflow_scripts.tagging.models import Models
from workflow_scripts.tagging.sounds import WINDOW_SECONDS

log = logging.getLogger("tagger")
BATCH_SECONDS = 900  # of sound whose spectrograms are in memory, some 200 MB in four kinds
LOWEST_RATE = 100  # Hz


class Tagger:
    """A trained ensemble. ``classes``: the names of its classes."""

    def __init__(self, path, device, threads):
        self.manifest = read_manifest(path)
        self.task, self.classes = load_part("tasks", self.manifest.task), self.manifest.classes
        self.device, self.threads = torch.device(device), threads
        self.front_ends = {system.front_end["store"]: self._front_end(system, path) for system in self.manifest.systems}
        self.models = Models(self.manifest.systems, path)
        self.stack = self.manifest.stack and self.manifest.stack.read(read_stack, path)[0]

    @classmethod
    def read(cls, path, device="cpu", threads=1):
        """Return the tagger of the manifest ``path`` (``results/<dataset>/tagger.json``).

        ``device``: torch's name of where the networks compute, in float32; ``threads``: spectrograms computed at a
        time. Raises UserError where a file that the manifest names is missing, or is not that of its run.
        """
        return cls(path, device, threads)

    def tag(self, sound, rate=None, window_seconds=WINDOW_SECONDS, hop_seconds=None):
        """Return the probabilities 0..1 of the classes: one column each, one row per window, indexed by start and end.

        ``sound``: the path of an audio file, or float samples within -1..1, [n] or [n, channels], at ``rate`` Hz.
        Start and end are in seconds. A sound of up to ``window_seconds`` is one window; else one starts every
        ``hop_seconds`` (default: half of ``window_seconds``), and the last one ends with the sound. Without samples
        there is no row; a window of digital silence is a row of NaN. The mean over the rows are the sound's
        probabilities. Raises UserError for a file that cannot be read whole, and for samples that are no such numbers.
        """
        tagged = list(self.tag_windows(windows_of(sound, rate, window_seconds, hop_seconds)))
        bounds = np.array([key for key, _ in tagged]).reshape(-1, 2)
        index = pd.MultiIndex.from_arrays(bounds.T, names=["start", "end"])
        return pd.DataFrame([row for _, row in tagged], index, self.classes, dtype=np.float32)

    def tag_windows(self, windows):
        """Yield (key, probabilities [classes] float32, NaN for digital silence) of ``windows``, in their order.

        ``windows``: iterable of (key, samples [n] mono float32, n > 0, rate in Hz), consumed as far as a batch needs.
        """
        with ThreadPoolExecutor(self.threads) as pool:
            groups = _grouped(windows, self.threads)
            heard = (window for group in groups for window in pool.map(self._heard, group))
            for batch in _grouped(heard, BATCH_SECONDS, weight=lambda window: window[1]):
                sounding = [spectrograms for _, _, spectrograms in batch if spectrograms]
                rows = iter(self._probabilities(sounding) if sounding else ())
                log.info("tagged %d windows, %.1f minutes", len(batch), sum(seconds for _, seconds, _ in batch) / 60)
                for key, _, spectrograms in batch:
                    yield key, next(rows) if spectrograms else np.full(len(self.classes), np.nan, np.float32)

    def _front_end(self, system, manifest):
        """Return it; of a pretrained network that is another one than ``manifest`` means, a UserError."""
        pretrained = system.pretrained and system.pretrained.read(lambda path: path, manifest)
        return FrontEnd(system.front_end, pretrained, self.device.type)

    def _heard(self, window):
        """Return key, seconds, and the spectrograms of each front end; of digital silence none."""
        key, samples, rate = window
        front_ends = self.front_ends.items() if samples.any() else ()
        return key, len(samples) / rate, {store: end.spectrograms(samples, rate) for store, end in front_ends}

    def _probabilities(self, sounding):
        """Return [windows, classes] of windows with sound, as the rules from predict_stage to the fusion do."""
        stores = {name: feature_store([spectrograms[name] for spectrograms in sounding]) for name in self.front_ends}
        of_systems = []
        for system in self.manifest.systems:
            store = stores[system.front_end["store"]]
            kind = load_part("learners", system.learner["name"])
            learner = kind.Learner(system.learner, self.task, store, self.device)
            of_folds = [
                learner.predict_segments(self.models[model], store.index, len(sounding)) for model in system.models
            ]
            of_systems.append(arithmetic_mean(np.stack(of_folds)).astype(np.float32))
        if self.stack:
            return self.stack.predict(np.hstack(of_systems).astype(float)).astype(np.float32)
        means = {"weights": self.manifest.weights, "exclusive": self.task.EXCLUSIVE}
        return mean_of_systems(np.stack(of_systems), self.manifest.fusion, **means).astype(np.float32)


def windows_of(sound, rate=None, window_seconds=WINDOW_SECONDS, hop_seconds=None, remarks=None):
    """Yield ((start, end) in seconds, samples [n] mono float32, rate in Hz) of the windows of a sound.

    The arguments are those of :meth:`Tagger.tag`, and so are the errors, the last of them after the last window.
    ``remarks``: a list that lines are appended to about what is unusual in a file, before the first window.
    """
    hop_seconds = window_seconds / 2 if hop_seconds is None else hop_seconds
    if not 0 < hop_seconds <= window_seconds:
        raise UserError(f"hop_seconds is {hop_seconds}; it must be above 0 and at most {window_seconds}, a window")
    from_file = isinstance(sound, str | PathLike)
    rate, blocks, found = read_blocks(sound) if from_file else (*_mono(sound, rate), [])
    if remarks is not None:
        remarks.extend(found)
    if rate < LOWEST_RATE:
        name = sound if from_file else "samples"
        raise UserError(f"{name}: a sample rate of {rate} Hz is too low for sound; correct it")
    for start, samples in cut(blocks, max(round(window_seconds * rate), 1), max(round(hop_seconds * rate), 1)):
        yield (start / rate, (start + len(samples)) / rate), samples, rate


def _mono(samples, rate):
    samples = np.asarray(samples)
    if rate is None or samples.ndim not in (1, 2) or samples.dtype.kind != "f":
        raise UserError("samples: give floats within -1..1, [n] or [n, channels], and their rate in Hz")
    if not np.isfinite(samples).all():
        raise UserError("samples: some are NaN or infinite; give numbers")
    if len(samples) and np.abs(samples).max() > LOUDEST:
        peak = np.abs(samples).max()
        raise UserError(f"samples: their peak is {peak:,.6g}; give floats within -1..1, integers divided by full scale")
    return int(rate), [mix((samples[:, None] if samples.ndim == 1 else samples).astype(np.float32))]


def _grouped(items, size, weight=lambda _: 1):
    """Yield ``items`` in lists that weigh ``size``, but for the last item in each."""
    group, total = [], 0
    for item in items:
        group.append(item)
        total += weight(item)
        if total >= size:
            yield group
            group, total = [], 0
    if group:
        yield group
