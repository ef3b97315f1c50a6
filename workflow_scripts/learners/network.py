"""Networks in torch, trained by epochs of updates on windows of the frames."""

import numpy as np

from workflow_scripts.common.device import choose_device
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.fusion.means import arithmetic_mean
from workflow_scripts.training.checkpoint import Checkpoint
from workflow_scripts.training.fit import TrainingSet, fit
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.frame_targets import FrameTargets
from workflow_scripts.training.inference import ieee_float32, predict, predict_all_windows, predict_clips
from workflow_scripts.training.joining import read_start
from workflow_scripts.training.model import Model
from workflow_scripts.training.segments import WindowCutter, segments_of

SECTIONS = ("network", "windows", "aggregation")
prepare, read_model = choose_device, Model.read


class Learner:
    """See :mod:`workflow_scripts.learners`."""

    def __init__(self, sections, task, store, device):
        self.network, self.aggregation = sections["network"], sections["aggregation"]
        self.task, self.index, self.bank = task, store.index, FrameBank(store.frames, device)
        self.cut = WindowCutter(sections["windows"])

    def learn(self, lesson, validating, everything, stage, seed, start, resume):
        segments = segments_of(self.index, lesson.clips)
        training_set = TrainingSet(
            windows=lambda rng: self.cut.training(segments, rng),
            targets=lesson.targets,
            weights=lesson.weights,
            kind=self.task,
            doubtful=lesson.doubtful,
            frame_targets=self._on_device(lesson.frame_targets),
            transition=lesson.transition,
            standardised_by=self._windows(everything) if stage["normalisation"] == "per_band" else None,
        )

        start = read_start(start) if start else None
        validate = self._validation(lesson, validating)
        options = {"validate": validate, "seed": seed, "start": start, "checkpoint": Checkpoint(*resume)}
        return fit(self.network, stage, training_set, self.bank, **options)

    def predict(self, model, clips):
        return self._predicted(model, self._windows(clips), len(clips))

    def predict_segments(self, model, index, count):
        return self._predicted(model, self.cut.inference(index), count)

    @ieee_float32()
    def predict_windows(self, model, clips):
        windows = self._windows(clips)
        silent = np.setdiff1d(np.arange(len(clips)), windows["clip"])
        parts = [(np.full((len(silent), model.classes), 1 / model.classes), silent)]
        if len(windows):
            networks = model.networks(self.bank.device)
            said = [predict_all_windows(network, self.bank, windows, self.task) for network in networks]
            parts.append((arithmetic_mean(np.stack([outputs for outputs, _ in said])), said[0][1]))
        probabilities, clip = zip(*parts, strict=True)
        return np.concatenate(probabilities), np.concatenate(clip)

    def judge(self, model, clips, draws, seed):
        segments, rng = segments_of(self.index, clips), np.random.default_rng(derive_seed(seed, "judge"))
        drawn = [self.cut.training(segments, rng) for _ in range(draws)]
        return arithmetic_mean(np.stack([self._predicted(model, windows, len(clips)) for windows in drawn]))

    def _validation(self, lesson, validating):
        """Return a function of a network: its probabilities of the clips that validate, and their targets."""
        windows, targets = self._windows(validating), self.task.targets(validating["label"], lesson.classes)

        def validate(network):
            of_clips = predict_clips(network, self.bank, windows, len(targets), self.aggregation, self.task)
            return of_clips, targets

        return validate

    def _predicted(self, model, windows, count):
        return predict(model, self.bank, windows, count, self.aggregation, self.task)

    def _windows(self, clips):
        return self.cut.inference(segments_of(self.index, clips))

    def _on_device(self, frame_targets):
        return frame_targets and FrameTargets(FrameBank(frame_targets[0], self.bank.device), frame_targets[1])
