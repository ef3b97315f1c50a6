"""The resume file of a training: never declared to Snakemake, which deletes declared outputs before a job starts."""

import logging
import time
from dataclasses import dataclass, field

import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.tables.models import read_model, write_model
from workflow_scripts.training.selection import Candidate
from workflow_scripts.training.state import below, restore, tensors_of

log = logging.getLogger("checkpoint")


@dataclass
class Done:
    """How far a training has come; the text of it is the place, ``epoch 3`` or ``epoch 4, batch 17 of 40``."""

    kept: list = field(default_factory=list)  # a Candidate per epoch kept
    history: list = field(default_factory=list)  # a dict per finished epoch
    losses: list = field(default_factory=list)  # a float32 scalar tensor per finished batch of the epoch begun
    batches: int = 0  # of the epoch begun; 0 until they are drawn

    def __str__(self):
        if not self.losses:
            return f"epoch {len(self.history)}"
        return f"epoch {len(self.history) + 1}, batch {len(self.losses)} of {self.batches}"


class Checkpoint:
    """Saves a training to ``path``, by itself at most every ``seconds``, and continues from there.

    ``identity``: a text that stands for all inputs of the training (settings, code, data). A file of another
    identity is not used.
    """

    def __init__(self, path, identity, seconds):
        self.path, self.identity, self.seconds = path, identity, seconds
        self.begun_at = self.saved_at = time.monotonic()

    def save_when_due(self, network, optimizer, done, memory=None, last=False):
        """Save when ``seconds`` have passed since it was last saved; the ``last`` time, since the training began."""
        if time.monotonic() - (self.begun_at if last else self.saved_at) >= self.seconds:
            self.save(network, optimizer, done, memory)

    def save(self, network, optimizer, done, memory=None):
        """``memory``: a tensor, what the loss remembers of the clips, or None."""
        tensors = tensors_of(network, optimizer)
        for i, candidate in enumerate(done.kept):
            tensors |= {f"kept/{i}/{name}": tensor for name, tensor in candidate.weights.items()}
        tensors |= {f"random/{name}": state for name, state in _random_states(_device(network)).items()}
        tensors |= {} if memory is None else {"memory": memory}
        tensors["losses"] = torch.tensor(done.losses, dtype=torch.float32)
        description = {
            "identity": self.identity,
            "history": done.history,
            "batches": done.batches,
            "kept": [{"epoch": candidate.epoch, "score": candidate.score} for candidate in done.kept],
        }
        write_model(self.path, tensors, description)
        self.saved_at = time.monotonic()

    def load(self, network, optimizer, beginning, memory=None):
        """Restore ``network``, ``optimizer``, ``memory`` and torch's random state; return what is :class:`Done`.

        Where there is nothing to continue from, all stays as it is, and that is ``beginning``.
        """
        if not self.path.exists():
            return beginning
        try:
            tensors, description = read_model(self.path)
        except UserError as error:
            log.warning("%s; training starts afresh", error)
            return beginning
        if description["identity"] != self.identity:
            log.info("%s belongs to other inputs or settings; training starts afresh", self.path)
            return beginning
        restore(network, optimizer, tensors)
        if memory is not None:
            memory.copy_(tensors["memory"])
        _set_random_states(_device(network), below(tensors, "random/"))
        done = Done(
            kept=[Candidate(**c, weights=below(tensors, f"kept/{i}/")) for i, c in enumerate(description["kept"])],
            history=description["history"],
            losses=list(tensors["losses"].to(_device(network))),
            batches=description["batches"],
        )
        log.info("continuing after %s from %s", done, self.path)
        return done

    def remove(self):
        self.path.unlink(missing_ok=True)


def _device(network):
    return next(network.parameters()).device


def _random_states(device):
    cpu = {"cpu": torch.get_rng_state()}
    return cpu | {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else cpu


def _set_random_states(device, states):
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
