"""Which models a round of self-verification goes on from.

The models are no inputs of the rule that goes on from them, because a rule that could make its own input would run
earlier rounds again inside a cluster's job. So the reader checks that they are there, and those that were meant.
"""

import hashlib
from pathlib import Path

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.declaration import Table


class Starts(Table):
    """Which models a round of self-verification goes on from: one row per fold."""

    file = "<dataset>/systems/<system>/round<r>/start.csv"
    key = ("fold",)

    fold: int  # its number, from 0
    model: str  # the model of the round before, relative to the working directory
    sha256: str  # of its content, in hex


def read_start(path, fold):
    """Return the path of the model that ``fold`` goes on from.

    Raises DamagedError where it is missing or has another content than when the table was written: then neither can be
    relied on, and both are to be made anew.
    """
    rows = Starts.read(path).query("fold == @fold")
    if len(rows) != 1:
        raise DamagedError(path, f"fold {fold} stands in {len(rows)} rows")
    model = Path(rows["model"].item())
    try:
        digest = _sha256(model)
    except FileNotFoundError:
        raise DamagedError(path, f"{model}, which it names, is missing") from None
    if digest != rows["sha256"].item():
        raise DamagedError(path, f"{model}, which it names, has another content than it had", beside=model)
    return model


def write_starts(models, path):
    """Write the table of ``models``, one path per fold in order."""
    rows = [(fold, str(model), _sha256(model)) for fold, model in enumerate(models)]
    Starts.write(rows, path)


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
