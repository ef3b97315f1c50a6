"""Which models a stage of training goes on from.

The models are no inputs of the rule that goes on from them, because a rule that could make its own input would run
earlier stages again inside a cluster's job. So the reader checks that they are there, and those that were meant.
"""

import hashlib
from pathlib import Path

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.declaration import Table


class Starts(Table):
    """Which models a stage goes on from: one row per fold."""

    file = "<dataset>/systems/<system>/stage<s>/start.csv"
    key = ("fold",)

    fold: int  # its number, from 0
    model: str  # the model of the stage before, say, relative to the working directory
    sha256: str  # of its content, in hex


class JoinedStarts(Table):
    """Which models a stage goes on from whose network has several parts: one row per fold and part."""

    file = "<dataset>/systems/<system>/stage<s>/start.csv"
    key = ("fold", "part")

    fold: int  # its number, from 0
    part: str  # of the network, a layer that has the model's layers
    model: str  # the model of another system, relative to the working directory
    sha256: str  # of its content, in hex


def read_start(path, fold):
    """Return the path of the model that ``fold`` goes on from.

    Raises DamagedError where it is missing or has another content than when the table was written: then neither can be
    relied on, and both are to be made anew.
    """
    rows = Starts.read(path).query("fold == @fold")
    if len(rows) != 1:
        raise DamagedError(path, f"fold {fold} stands in {len(rows)} rows")
    return _model(path, rows["model"].item(), rows["sha256"].item())


def read_joined_start(path, fold):
    """Return {part: path of the model} that ``fold`` goes on from; raises what :func:`read_start` does."""
    rows = JoinedStarts.read(path).query("fold == @fold")
    if rows.empty:
        raise DamagedError(path, f"fold {fold} stands in 0 rows")
    return {row.part: _model(path, row.model, row.sha256) for row in rows.itertuples()}


def write_starts(models, path):
    """Write the table of ``models``, one path per fold in order."""
    rows = [(fold, str(model), _sha256(model)) for fold, model in enumerate(models)]
    Starts.write(rows, path)


def write_joined_starts(models, path):
    """Write the table of ``models``: part of the network -> one path per fold in order."""
    rows = [(fold, part, str(model), _sha256(model)) for part in models for fold, model in enumerate(models[part])]
    JoinedStarts.write(rows, path)


def _model(path, name, expected):
    model = Path(name)
    try:
        digest = _sha256(model)
    except FileNotFoundError:
        raise DamagedError(path, f"{model}, which it names, is missing") from None
    if digest != expected:
        raise DamagedError(path, f"{model}, which it names, has another content than it had", beside=model)
    return model


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
