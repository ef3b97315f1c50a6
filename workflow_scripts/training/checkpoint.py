"""The resume file of a training: never declared to Snakemake, which deletes declared outputs before a job starts."""

import logging
import time

from workflow_scripts.artefacts.models import read_model, write_model
from workflow_scripts.common.errors import UserError
from workflow_scripts.training.selection import Candidate

log = logging.getLogger("checkpoint")


class Checkpoint:
    """Saves a training every ``seconds`` to ``path`` and continues from there.

    ``identity``: a text that stands for all inputs of the training (settings, code, data). A file of another
    identity is not used.
    """

    def __init__(self, path, identity, seconds):
        self.path, self.identity, self.seconds = path, identity, seconds
        self.saved_at = time.monotonic()

    def save(self, network, optimizer, kept, history):
        if time.monotonic() - self.saved_at < self.seconds:
            return
        tensors = {f"network/{name}": tensor for name, tensor in network.state_dict().items()}
        for i, state in optimizer.state_dict()["state"].items():
            tensors |= {f"adam/{i}/{name}": tensor for name, tensor in state.items()}
        for i, candidate in enumerate(kept):
            tensors |= {f"kept/{i}/{name}": tensor for name, tensor in candidate.weights.items()}
        description = {
            "identity": self.identity,
            "history": history,
            "kept": [{"epoch": candidate.epoch, "score": candidate.score} for candidate in kept],
        }
        write_model(self.path, tensors, description)
        self.saved_at = time.monotonic()

    def load(self, network, optimizer):
        """Restore ``network`` and ``optimizer`` in place; return (kept, history), empty where there is nothing."""
        if not self.path.exists():
            return [], []
        try:
            tensors, description = read_model(self.path)
        except UserError as error:
            log.warning("%s; training starts afresh", error)
            return [], []
        if description["identity"] != self.identity:
            log.info("%s belongs to other inputs or settings; training starts afresh", self.path)
            return [], []
        network.load_state_dict(_below(tensors, "network/"))
        states = {i: _below(tensors, f"adam/{i}/") for i in range(len(optimizer.param_groups[0]["params"]))}
        optimizer.load_state_dict(optimizer.state_dict() | {"state": states})
        kept = [Candidate(**c, weights=_below(tensors, f"kept/{i}/")) for i, c in enumerate(description["kept"])]
        log.info("continuing after epoch %d from %s", len(description["history"]), self.path)
        return kept, description["history"]

    def remove(self):
        self.path.unlink(missing_ok=True)


def _below(tensors, prefix):
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
