"""The training loop, the same for every system and round."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import pandas as pd
import torch

from workflow_scripts.common.device import mixed_precision
from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import part_function
from workflow_scripts.common.progress import progress
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.common.stop import uninterrupted
from workflow_scripts.parts.lr_schedules import Place
from workflow_scripts.training.batches import draw_batches, heeded, in_epoch, part_of, unmixed_epochs
from workflow_scripts.training.checkpoint import Done
from workflow_scripts.training.companions import accompanied
from workflow_scripts.training.early_stopping import is_over
from workflow_scripts.training.frame_targets import FrameTargets
from workflow_scripts.training.model import Model, build_network
from workflow_scripts.training.rates import set_rate
from workflow_scripts.training.selection import Candidate, keep
from workflow_scripts.training.starting import start_from
from workflow_scripts.training.state import State, restore, tensors_of

log = logging.getLogger("fit")
LEAST_VARIANCE = 1e-12
HISTORY = ["epoch", "learning_rate", "training_loss"]


@dataclass
class TrainingSet:
    """What a network learns from."""

    windows: Callable  # random generator -> window table of one epoch; its column ``clip`` indexes the arrays below
    targets: np.ndarray  # [clips, classes] float32
    weights: np.ndarray  # [clips] loss weight
    kind: ModuleType  # of labels, see workflow_scripts.tasks
    doubtful: np.ndarray | None = None  # [clips] bool: nobody has verified its label; None: none is
    frame_targets: FrameTargets | None = None  # take the place of ``targets``
    transition: np.ndarray | None = None  # [classes, classes] float32, see workflow_scripts.training.noise_transition
    standardised_by: pd.DataFrame | None = None  # window table; None: the windows of one epoch

    @property
    def classes(self):
        return self.targets.shape[1]


def fit(network_settings, training, training_set, bank, validate, seed, start, checkpoint):
    """Train a network; return (model, history).

    ``training``: the stage's settings: epochs, batch, learning_rate, lr_schedule, loss, optimizer, sampling,
    augmentation, normalisation, checkpoint_selection, and maybe l2, rates, early_stopping, frozen, fresh, co_teaching,
    noise_layer, optimizer_state and gone_on_until (see :class:`workflow_scripts.study.stages.Stage`).
    ``validate(network)`` returns probabilities and targets, both [clips, classes], of the held-out clips that validate.
    ``start``: the model whose preferred weights to begin with (see :mod:`workflow_scripts.training.starting`) or None.
    The optimizer starts afresh, unless ``optimizer_state`` is ``previous``: then all goes on as it was when the
    training of ``start`` ended, and epochs and schedule are counted on. ``checkpoint``: where an interrupted training
    continues from. ``history``: one row per epoch, with those of ``start`` where it goes on; the columns ``HISTORY``
    and the measures of the task; ``learning_rate`` is that of the epoch's last update, where a layer has no share of
    its own (``rates``), ``training_loss`` the mean over its updates of what they make smaller.

    Random numbers depend on ``seed`` and the place in the training only, so that a training that was interrupted ends
    with the same weights as one that was not. It saves before it lets a KeyboardInterrupt pass.
    """
    torch.manual_seed(derive_seed(seed, "weights"))
    network = build_network(network_settings, training_set.classes, bank.device)
    if start is not None:
        start_from(network, start.weights[0], training.get("frozen", ()), training.get("fresh", ()))
    elif training["normalisation"]:
        table = training_set.standardised_by
        if table is None:
            table = training_set.windows(np.random.default_rng(derive_seed(seed, "standardise")))
        STANDARDISE[training["normalisation"]](network[0], bank.windows(table))
    alone = network  # without what may accompany it: what a model has
    network, objective, learning = accompanied(network, network_settings, training, training_set, seed)
    optimizer = part_function("parts.optimizers", training["optimizer"], "build")(learning)
    earlier = _go_on(training, start, network, optimizer)
    done = checkpoint.load(network, optimizer, Done(history=earlier), objective.memory)

    selection = training["checkpoint_selection"]
    measure, best = training_set.kind.BEST[selection["metric"]]
    sign = {"lowest": 1, "highest": -1}[best]
    stopping = _stopping(training, len(earlier))
    epochs = range(len(done.history) + 1, training["epochs"] + 1)
    try:
        for epoch in progress(epochs, "training", "epoch", done=len(done.history)):
            scores = [-sign * row[measure] for row in done.history]
            if is_over(scores, stopping):
                log.info("stopped early, after epoch %d", epoch - 1)
                break
            rates = _Rates(training, epoch, done.history, scores, len(earlier))
            by, aim, epoch_seed = in_epoch(training, epoch), objective.at(epoch), derive_seed(seed, "epoch", epoch)
            for _ in _train_epoch(network, optimizer, aim, rates, by, training_set, bank, epoch_seed, done):
                checkpoint.save_when_due(network, optimizer, done, objective.memory)
            loss = float(torch.stack(done.losses).mean())
            measures = training_set.kind.measures(*validate(alone))
            rate = rates.of(done.batches, done.batches)
            row = {"epoch": epoch, "learning_rate": rate, "training_loss": loss, **measures}
            weights = {name: tensor.cpu().clone() for name, tensor in alone.state_dict().items()}
            candidate = Candidate(epoch, sign * measures[measure], weights)
            kept = keep(done.kept, candidate, selection["rule"], selection["count"], selection.get("after", 0))
            done = Done(kept, [*done.history, row])
            checkpoint.save_when_due(network, optimizer, done, objective.memory, last=epoch == training["epochs"])
    except KeyboardInterrupt:
        checkpoint.save(network, optimizer, done, objective.memory)
        log.info("stopped after %s; saved to %s", done, checkpoint.path)
        raise

    kept_epochs = [candidate.epoch for candidate in done.kept]
    log.info("kept the weights after epochs %s of %d", kept_epochs, training["epochs"])
    end = State(tensors_of(network, optimizer), done.history) if "gone_on_until" in training else None
    weights = [candidate.weights for candidate in done.kept]
    model = Model(network_settings, training_set.classes, kept_epochs, weights, end)
    return model, pd.DataFrame(done.history, columns=[*HISTORY, *training_set.kind.MEASURES])


def _go_on(training, start, network, optimizer):
    """Let all be as at the end of the training of ``start`` where this one goes on with it; return its history."""
    if training.get("optimizer_state") != "previous":
        return []
    if start.end is None:
        raise UserError("optimizer_state: the model to start from has kept none; train its stage again")
    restore(network, optimizer, start.end.tensors)
    return start.end.history


def _stopping(training, earlier):
    """Return when to stop early: neither ``earlier`` epochs count, of another stage, nor those before augmentation."""
    rule = training.get("early_stopping")
    return rule and rule | {"after": max(rule["after"], earlier, unmixed_epochs(training))}


def _train_epoch(network, optimizer, objective, rates, training, training_set, bank, seed, done):
    """Train on the batches of an epoch that are not ``done`` yet; yield after each. No signal interrupts an update."""
    rng = np.random.default_rng(seed)
    if not done.losses:
        torch.manual_seed(seed)  # dropout; within an epoch, the checkpoint's random state goes on
    network.train()
    table = training_set.windows(rng)
    mixing, _ = part_of(training, "augmentation")
    examples = Examples(training_set, bank, table, mixing)
    drawn = draw_batches(
        training, heeded(training, training_set.kind, training_set.targets)[table["clip"].to_numpy()], rng
    )
    done.batches = len(drawn[0])
    left = (torch.from_numpy(part[len(done.losses) :]).to(bank.device) for part in drawn)
    for batch in zip(*left, strict=True):
        set_rate(optimizer, rates.of(len(done.losses) + 1, done.batches))
        with uninterrupted():
            done.losses.append(train_batch(network, optimizer, objective, examples, *batch))
        yield


class _Rates:
    """The learning rates of one epoch, by the recipe's schedule."""

    def __init__(self, training, epoch, history, scores, earlier):
        self.schedule = part_function("parts.lr_schedules", training["lr_schedule"], "rate")
        self.learning_rate = training["learning_rate"]
        epochs = training.get("gone_on_until", training["epochs"])
        self.first = Place(epoch, epochs, history=history, scores=scores, earlier=earlier)

    def of(self, update, updates):
        """Return the rate of ``update``, from 1, of the epoch's ``updates``."""
        return self.schedule(replace(self.first, update=update, updates=updates), self.learning_rate)


class Examples:
    """The windows of one epoch with their targets and loss weights, on the device.

    ``mixing``: None, or how they are mixed, see ``workflow_scripts.parts.augmentations``.
    """

    def __init__(self, training_set, bank, table, mixing=None):
        clips = table["clip"].to_numpy(copy=True)
        self.clips = torch.from_numpy(clips).to(bank.device)
        self.windows = bank.windows(table)
        self.targets = torch.from_numpy(training_set.targets[clips]).to(bank.device)
        self.weights = torch.from_numpy(training_set.weights[clips].astype(np.float32)).to(bank.device)
        doubtful = np.zeros(len(clips)) if training_set.doubtful is None else training_set.doubtful[clips]
        self.doubt = torch.from_numpy(doubtful.astype(np.float32)).to(bank.device)
        self.frame_targets = training_set.frame_targets and training_set.frame_targets.windows(table)
        self.mixing = mixing

    def batch(self, chosen, partners, numbers):
        """Return (inputs [batch, frames, bands], targets, weights [batch], doubt [batch]).

        ``chosen``, ``partners``, ``numbers``: of one batch, as :func:`draw_batches` has them. Targets are those of
        clips, [batch, classes], or of frames, [batch, frames, classes]. ``doubt`` tells which share of an example is of
        clips that nobody has verified.
        """
        own = self._gather(chosen)
        return self.mixing.mix(own, self._gather(partners), numbers) if self.mixing else own

    def _gather(self, rows):
        targets = self.targets[rows] if self.frame_targets is None else self.frame_targets.gather(rows)
        return self.windows.gather(rows), targets, self.weights[rows], self.doubt[rows]


def train_batch(network, optimizer, objective, examples, chosen, partners, numbers):
    """One update of ``network`` in training mode; return the loss as a tensor, for which the host need not wait yet."""
    inputs, targets, weights, doubt = examples.batch(chosen, partners, numbers)
    with mixed_precision(inputs.device):
        outputs = network(inputs)
    loss = objective(outputs, targets, weights, doubt, examples.clips[chosen])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def _standardise_globally(layer, windows):
    """Set ``layer`` to one mean and one standard deviation over all values of all training windows (Iqbal et al.)."""
    count, total, squares = 0, 0.0, 0.0
    for start in range(0, len(windows), 256):
        values = windows.gather(slice(start, start + 256)).double()
        count, total, squares = count + values.numel(), total + float(values.sum()), squares + float((values**2).sum())
    layer.mean.fill_(total / count)
    layer.deviation.fill_(max(squares / count - (total / count) ** 2, LEAST_VARIANCE) ** 0.5)


def _standardise_per_band(layer, windows):
    """Set ``layer`` to mean and standard deviation of each band, over all frames that are there (Serizel et al.)."""
    count, total, squares = 0, 0.0, 0.0
    for start in range(0, len(windows), 256):
        values = windows.gather(slice(start, start + 256)).double().flatten(0, 1)
        values = values[~values[:, 0].isnan()]
        count, total, squares = count + len(values), total + values.sum(dim=0), squares + (values**2).sum(dim=0)
    layer.mean = (total / count).float()
    layer.deviation = (squares / count - (total / count) ** 2).clamp(min=LEAST_VARIANCE).sqrt().float()


STANDARDISE = {
    "globally": _standardise_globally,
    "per_band": _standardise_per_band,
    "per_band_learned": _standardise_per_band,
}
