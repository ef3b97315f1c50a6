"""Data sets: one YAML file each, in ``datasets/`` or anywhere."""

import functools
import hashlib
import os
import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.schema import check, read_yaml

DATASETS = Path(__file__).parents[2] / "datasets"


def dataset_name(choice):
    """Return the name under which the results of ``choice`` (a name, or the path of a dataset file) are kept."""
    name = Path(choice).stem if choice.endswith((".yaml", ".yml")) else choice
    if not re.fullmatch(r"[\w.-]+", name):
        raise UserError(f"dataset {choice!r}: give a name in datasets/ or the path of a dataset file (.yaml)")
    return name


@functools.cache
def read_dataset(choice):
    """Return the dataset file's content, checked against its schema."""
    path = Path(choice) if choice.endswith((".yaml", ".yml")) else DATASETS / f"{choice}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in DATASETS.glob("*.yaml")))
        raise UserError(f"dataset {choice!r}: there is no file {path}; datasets/ has {known}")
    dataset = read_yaml(path)
    check(dataset, "dataset", path)
    columns = {name: name for name in ("fname", "label", "manually_verified", "usage")} | dataset.get("columns", {})
    return {"archives": [], "counts": None, "true_labels": None} | dataset | {"columns": columns}


@functools.cache
def folder_listing(folder, tables):
    """Return a hash of what is in a user's ``folder``: names and sizes of all files, content of the ``tables``.

    It stands for the folder in the fingerprints, so that a file's mere age never reruns anything; an audio file
    replaced by another of exactly the same size is not noticed.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UserError(f"{folder}: the dataset file's folder does not exist")
    digest = hashlib.sha256()
    for path, _, files in sorted(os.walk(root)):
        for name in sorted(files):
            file = Path(path, name)
            digest.update(f"{file.relative_to(root).as_posix()} {file.stat().st_size}\n".encode())
    for table in tables:
        if (root / table).is_file():
            digest.update((root / table).read_bytes())
    return digest.hexdigest()[:12]
