"""Data sets: one YAML file each, in ``datasets/`` or anywhere."""

import functools
import hashlib
import json
import re
import tempfile
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.graph.schema import check, read_yaml

DATASETS = Path(__file__).parents[2] / "datasets"
REMEMBERED = Path(".snakemake/contents.json")


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


def content_of(places):
    """Return a hash of the names and the content of all files in ``places`` (files, and folders searched through).

    It stands for a user's own folder in the fingerprints, so that a file's age never reruns anything. Every file is
    read once and then remembered by its size and time in ``.snakemake/contents.json``; that file may be deleted.
    Raises UserError where a place does not exist.
    """
    remembered = json.loads(REMEMBERED.read_text()) if REMEMBERED.exists() else {}
    known, digest = dict(remembered), hashlib.sha256()
    for place in map(Path, places):
        if not place.exists():
            raise UserError(f"{place}: the dataset file names it, but it does not exist; correct the path")
        files = [place] if place.is_file() else (path for path in place.rglob("*") if path.is_file())
        for path in sorted(files):
            state = path.stat()
            age = [state.st_size, state.st_mtime_ns]
            if known.get(str(path), [None])[:2] != age:
                known[str(path)] = [*age, hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()]
            digest.update(f"{path.relative_to(place).as_posix()} {known[str(path)][2]}\n".encode())
    if known != remembered:
        REMEMBERED.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=REMEMBERED.parent, delete=False) as file:
            json.dump(known, file)
        Path(file.name).replace(REMEMBERED)
    return digest.hexdigest()[:12]
