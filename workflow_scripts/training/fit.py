"""The training loop, the same for every system and round."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import one_hot

from workflow_scripts.common.parts import load_part
from workflow_scripts.common.progress import progress
from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.common.stop import uninterrupted
from workflow_scripts.scoring.verified import verified_measures
from workflow_scripts.training.batches import draw_batches
from workflow_scripts.training.checkpoint import Done
from workflow_scripts.training.inference import mixed_precision
from workflow_scripts.training.loss import weighted_cross_entropy
from workflow_scripts.training.mixup import mixup
from workflow_scripts.training.model import Model, build_network
from workflow_scripts.training.selection import Candidate, keep

log = logging.getLogger("fit")
HISTORY = ["epoch", "learning_rate", "training_loss", "verified_loss", "verified_map3", "verified_accuracy"]


@dataclass
class TrainingSet:
    """What a network learns from."""

    windows: Callable  # random generator -> window table of one epoch; its column ``clip`` indexes the arrays below
    labels: np.ndarray  # [clips] class index
    weights: np.ndarray  # [clips] loss weight
    classes: int


def fit(network_settings, training, training_set, bank, validate, seed, start, checkpoint):
    """Train a network; return (model, history).

    ``training``: the recipe's section: epochs, batch, learning_rate, schedule, sampling, mixup_alpha, standardise,
    keep. ``validate(network)`` returns probabilities [clips, classes] and class indices [clips] of the verified
    held-out clips. ``start``: the model whose preferred weights to begin with (fine-tuning; Adam always starts
    afresh) or None. ``checkpoint``: where an interrupted training continues from. ``history``: one row per epoch, the
    columns ``HISTORY``.

    Random numbers depend on ``seed`` and the place in the training only, so that a training that was interrupted ends
    with the same weights as one that was not. It saves before it lets a KeyboardInterrupt pass.
    """
    torch.manual_seed(derive_seed(seed, "weights"))
    network = build_network(network_settings, training_set.classes, bank.device)
    if start is not None:
        network.load_state_dict(start.weights[0])
    elif training["standardise"]:
        table = training_set.windows(np.random.default_rng(derive_seed(seed, "standardise")))
        _standardise(network[0], bank.windows(table))
    optimizer = torch.optim.Adam(network.parameters())
    done = checkpoint.load(network, optimizer)

    epochs = range(len(done.history) + 1, training["epochs"] + 1)
    try:
        for epoch in progress(epochs, "training", "epoch", done=len(done.history)):
            rate, epoch_seed = _learning_rate(training, epoch), derive_seed(seed, "epoch", epoch)
            for _ in _train_epoch(network, optimizer, rate, training, training_set, bank, epoch_seed, done):
                checkpoint.save_when_due(network, optimizer, done)
            loss = float(torch.stack(done.losses).mean())
            measures = verified_measures(*validate(network))
            row = {"epoch": epoch, "learning_rate": rate, "training_loss": loss, **measures}
            weights = {name: tensor.cpu().clone() for name, tensor in network.state_dict().items()}
            score = {"loss": measures["verified_loss"], "map3": -measures["verified_map3"]}[training["keep"]["metric"]]
            candidate = Candidate(epoch, score, weights)
            kept = keep(done.kept, candidate, training["keep"]["rule"], training["keep"]["count"])
            done = Done(kept, [*done.history, row])
            checkpoint.save_when_due(network, optimizer, done, last=epoch == training["epochs"])
    except KeyboardInterrupt:
        checkpoint.save(network, optimizer, done)
        log.info("stopped after %s; saved to %s", done, checkpoint.path)
        raise

    kept_epochs = [candidate.epoch for candidate in done.kept]
    log.info("kept the weights after epochs %s of %d", kept_epochs, training["epochs"])
    model = Model(network_settings, training_set.classes, kept_epochs, [candidate.weights for candidate in done.kept])
    return model, pd.DataFrame(done.history, columns=HISTORY)


def _train_epoch(network, optimizer, rate, training, training_set, bank, seed, done):
    """Train on the batches of an epoch that are not ``done`` yet; yield after each. No signal interrupts an update."""
    rng = np.random.default_rng(seed)
    if not done.losses:
        torch.manual_seed(seed)  # dropout; within an epoch, the checkpoint's random state goes on
    for group in optimizer.param_groups:
        group["lr"] = rate
    network.train()
    table = training_set.windows(rng)
    examples = Examples(training_set, bank, table)
    drawn = draw_batches(training, training_set.labels[table["clip"].to_numpy()], rng)
    done.batches = len(drawn[0])
    left = (torch.from_numpy(part[len(done.losses) :]).to(bank.device) for part in drawn)
    for batch in zip(*left, strict=True):
        with uninterrupted():
            done.losses.append(train_batch(network, optimizer, examples, *batch))
        yield


class Examples:
    """The windows of one epoch with their targets and loss weights, on the device."""

    def __init__(self, training_set, bank, table):
        clips = table["clip"].to_numpy()
        self.windows = bank.windows(table)
        self.labels = torch.from_numpy(training_set.labels[clips]).to(bank.device)
        self.weights = torch.from_numpy(training_set.weights[clips].astype(np.float32)).to(bank.device)
        self.classes = training_set.classes

    def gather(self, rows):
        """Return (inputs [n, frames, bands], one-hot targets [n, classes], weights [n])."""
        return self.windows.gather(rows), one_hot(self.labels[rows], self.classes).float(), self.weights[rows]


def train_batch(network, optimizer, examples, chosen, partners, shares):
    """One update of ``network`` in training mode; return the loss as a tensor, for which the host need not wait yet."""
    batch = examples.gather(chosen)
    if len(shares):
        batch = [mixup(own, other, shares) for own, other in zip(batch, examples.gather(partners), strict=True)]
    inputs, targets, weights = batch
    with mixed_precision(inputs.device):
        logits = network(inputs)
    loss = weighted_cross_entropy(logits, targets, weights)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def _learning_rate(training, epoch):
    parameters = dict(training["schedule"])
    schedule = load_part("schedules", parameters.pop("name"))
    return schedule.rate(epoch, training["epochs"], training["learning_rate"], **parameters)


def _standardise(layer, windows):
    """Set ``layer`` to one mean and one standard deviation over all values of all training windows (Iqbal et al.)."""
    count, total, squares = 0, 0.0, 0.0
    for start in range(0, len(windows), 256):
        values = windows.gather(slice(start, start + 256)).double()
        count, total, squares = count + values.numel(), total + float(values.sum()), squares + float((values**2).sum())
    layer.mean.fill_(total / count)
    layer.deviation.fill_(max(squares / count - (total / count) ** 2, 1e-12) ** 0.5)
