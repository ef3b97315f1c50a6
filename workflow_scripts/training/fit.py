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
from workflow_scripts.scoring.verified import verified_measures
from workflow_scripts.training.batches import draw_batches
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

    Random numbers depend on ``seed`` and the epoch only, so that a training that was interrupted ends with the same
    weights as one that was not.
    """
    torch.manual_seed(derive_seed(seed, "weights"))
    network = build_network(network_settings, training_set.classes, bank.device)
    if start is not None:
        network.load_state_dict(start.weights[0])
    elif training["standardise"]:
        table = training_set.windows(np.random.default_rng(derive_seed(seed, "standardise")))
        _standardise(network[0], bank.windows(table))
    optimizer = torch.optim.Adam(network.parameters())
    kept, history = checkpoint.load(network, optimizer)

    epochs = range(len(history) + 1, training["epochs"] + 1)
    for epoch in progress(epochs, "training", "epoch", done=len(history)):
        rate = _learning_rate(training, epoch)
        loss = _train_epoch(network, optimizer, rate, training, training_set, bank, derive_seed(seed, "epoch", epoch))
        measures = verified_measures(*validate(network))
        history.append({"epoch": epoch, "learning_rate": rate, "training_loss": loss, **measures})
        weights = {name: tensor.cpu().clone() for name, tensor in network.state_dict().items()}
        score = {"loss": measures["verified_loss"], "map3": -measures["verified_map3"]}[training["keep"]["metric"]]
        kept = keep(kept, Candidate(epoch, score, weights), training["keep"]["rule"], training["keep"]["count"])
        checkpoint.save(network, optimizer, kept, history)

    log.info("kept the weights after epochs %s of %d", [c.epoch for c in kept], training["epochs"])
    model = Model(network_settings, training_set.classes, [c.epoch for c in kept], [c.weights for c in kept])
    return model, pd.DataFrame(history, columns=HISTORY)


def _train_epoch(network, optimizer, rate, training, training_set, bank, seed):
    """One pass over an epoch's batches; return the mean training loss."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)  # dropout
    for group in optimizer.param_groups:
        group["lr"] = rate
    network.train()
    table = training_set.windows(rng)
    examples = Examples(training_set, bank, table)
    drawn = draw_batches(training, training_set.labels[table["clip"].to_numpy()], rng)
    batches = zip(*(torch.from_numpy(part).to(bank.device) for part in drawn), strict=True)
    losses = [train_batch(network, optimizer, examples, *batch) for batch in batches]
    return float(torch.stack(losses).mean())


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
