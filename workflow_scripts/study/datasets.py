"""Data sets: one YAML file each, in ``datasets/`` or anywhere."""

import functools
import re
from pathlib import Path

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.classes import check_classes
from workflow_scripts.study.label_noise import check_noise, parted, with_noise
from workflow_scripts.study.schema import check, merged, read_yaml

ROOT = Path(__file__).parents[2]
DATASETS = ROOT / "datasets"
FORMATS = ROOT / "workflow_scripts" / "data" / "table_formats"
SOURCES = ("folder", "archives", "soundscapes")
EMBEDDINGS = "audioset_embeddings"  # format of a table
DEFAULTS = {
    "task": "multiclass",
    "archives": [],
    "mirrors": [],
    "subsets": {},
    "classes": None,
    "counts": None,
    "padding": False,
    "unusable_audio": "refuse",
    "true_labels": None,
    "further_classes": [],
    "label_noise": {},
}
TABLE_DEFAULTS = {
    "format": "one_label",
    "delimiter": ",",
    "extension": "",
    "usage": "",
    "manually_verified": True,
    "generations": [],
}
COLUMNS = {"fname": "fname", "label": "label", "onset": "onset", "offset": "offset"}
COLUMNS_OF_SPLIT = {
    "train": {"manually_verified": "manually_verified", "group": None, "fold": None},
    "test": {"usage": "usage", "group": None},
}


def dataset_name(choice):
    """Return the name under which the results of ``choice`` are kept.

    ``choice``: a name, or the path of a dataset file; of labels made wrong followed by ``+`` and the noise.
    """
    choice, *noise = parted(choice)
    name = Path(choice).stem if _is_file(choice) else choice
    if _is_file(choice) and not re.fullmatch(r"[\w.-]+", name):
        raise UserError(
            f"dataset {choice!r}: results/ takes its name from the file, which may hold letters, digits, '.', '_' and "
            "'-' only; rename the file"
        )
    if not re.fullmatch(r"[\w.-]+", name):
        raise UserError(f"dataset {choice!r}: give a name in datasets/ or the path of a dataset file (.yaml)")
    if name == "weights":
        raise UserError(f"dataset {choice!r}: results/weights/ is the place of pretrained weights; choose another name")
    return "+".join([name, *noise])


@functools.cache
def read_dataset(choice):
    """Return the content of the dataset file of ``choice``, see :func:`dataset_name`; checked and complete.

    A file that says ``like: other`` has the other's values where it has none itself, and none where it says null; one
    that names a source (``SOURCES``) has none of the other's of another kind.
    """
    base, *noise = parted(choice)
    if noise:
        return with_noise(read_dataset(base), choice)
    path, dataset = _read(choice)
    if sum(source in dataset for source in SOURCES) != 1:
        raise UserError(f"{path}: say where the data is: name either a `folder`, or `archives`, or `soundscapes`")
    check_classes(dataset.get("classes"), path)
    check(dataset, "dataset", path)
    if dataset.get("archives") and not dataset.get("mirrors"):
        raise UserError(f"{path}: it names archives but no mirrors, where they are to be had; add `mirrors`")
    if dataset.get("true_labels") and dataset.get("task", DEFAULTS["task"]) != "multiclass":
        raise UserError(f"{path}: true_labels: they are of one label a clip, the task multiclass; leave them out")
    tables = {name: _complete(table, name, dataset, path) for name, table in dataset["tables"].items()}
    if "train" not in {table["split"] for table in tables.values()}:
        raise UserError(f"{path}: there is no training table; name one `train`, or add `split: train` to one")
    formats = {table["format"] for table in tables.values()}
    if EMBEDDINGS in formats and (len(formats) > 1 or "folder" not in dataset):
        raise UserError(f"{path}: where one table has the format {EMBEDDINGS}, all have, and lie in a `folder`")
    for name in dataset.get("soundscapes", {"parts": ()})["parts"]:
        if name not in tables:
            raise UserError(f"{path}: soundscapes.parts.{name}: there is no such table; add it to `tables`")
    complete = DEFAULTS | dataset | {"tables": tables}
    check_noise(complete, path)
    return complete


def without_labels(dataset, name):
    """Return why no run can use a table without labels of ``dataset`` (a file's content), and what works; or None.

    ``name``: of the data set. Unlabelled clips are for systems that detect events, to learn from, and only for these.
    """
    tables = dataset["tables"]
    unlabelled = {table: source for table, source in tables.items() if source["format"] == "no_labels"}
    tests = {table for table, source in tables.items() if source["split"] == "test"}
    one_each = dataset["task"] != "detection" and bool(unlabelled)
    if not one_each and not (tests and tests <= unlabelled.keys()):
        return None
    table = next(table for table in unlabelled if one_each or table in tests)
    where = f"dataset {name}: tables.{table}"
    if table not in tests:
        return f"{where}: systems of Task 2 learn from labels, and these clips have none; leave the table out"
    remedy = "give its clips labels, or leave the table out"
    if one_each:
        audio = Path(dataset.get("folder", f"results/{name}/raw"), tables[table]["audio"])
        tagging = f"`tagging: {{{table}: {{sounds: {audio}}}}}` in config.yaml, then results/{name}/tags/{table}.csv"
        remedy += f" and have them tagged: {tagging}"
    return f"{where}: test clips are there to be scored, and these have no labels; {remedy}"


def _read(choice, readers=frozenset()):
    path = Path(choice) if _is_file(choice) else DATASETS / f"{choice}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in DATASETS.glob("*.yaml")))
        raise UserError(f"dataset {choice!r}: there is no file {path}; datasets/ has {known}")
    dataset = read_yaml(path)
    model = dataset.pop("like", None)
    if model is None:
        return path, dataset
    if not isinstance(model, str):
        raise UserError(f"{path}: like: {model!r} is no name of a data set")
    if model in {*readers, choice}:
        raise UserError(f"{path}: like: {model} leads back to where it came from")
    try:
        _, base = _read(model, {*readers, choice})
    except UserError as error:
        raise UserError(f"{path}: like: {error}") from None
    if any(source in dataset for source in SOURCES):
        other = {*SOURCES, *(() if "archives" in dataset else ["mirrors"])} - dataset.keys()
        base = {key: value for key, value in base.items() if key not in other}
    return path, _without_nulls(merged(base, dataset))


def _without_nulls(dataset):
    """A null takes away what another file says; only of columns it means that there is none."""
    dataset = dataset | {
        key: _said(dataset[key]) for key in ("tables", "subsets", "label_noise") if isinstance(dataset.get(key), dict)
    }
    if mixed := dataset.get("soundscapes"):
        dataset["soundscapes"] = mixed | {"parts": _said(mixed.get("parts", {}))}
    return _said(dataset)


def _said(section):
    return {key: value for key, value in section.items() if value is not None}


def _is_file(choice):
    return choice.endswith((".yaml", ".yml"))


def _check_audio(table, where):
    """A table of embeddings has names of its labels, and no audio; any other one has audio."""
    wanted, unwanted = ("label_names", "audio") if table["format"] == EMBEDDINGS else ("audio", "label_names")
    if wanted not in table:
        raise UserError(f"{where}: the format {table['format']} needs `{wanted}`; add it")
    if unwanted in table:
        raise UserError(f"{where}: the format {table['format']} has no `{unwanted}`; leave it out")


def of_embeddings(dataset):
    """Tell whether the clips of ``dataset`` (a file's content) are embeddings, without any sound."""
    return any(table["format"] == EMBEDDINGS for table in dataset["tables"].values())


def _complete(table, name, dataset, path):
    split = table.get("split", name)
    if split not in COLUMNS_OF_SPLIT:
        raise UserError(f"{path}: tables.{name}: say `split: train` or `split: test`")
    formats = sorted(file.stem for file in FORMATS.glob("[!_]*.py"))
    if table.get("format", formats[0]) not in formats:
        raise UserError(f"{path}: tables.{name}: no format {table['format']!r}; there are {', '.join(formats)}")
    if re.fullmatch(r"\w{2,4}", extension := table.get("extension", "")):
        raise UserError(f"{path}: tables.{name}: extension: {extension!r} lacks its dot; write .{extension}")
    own = COLUMNS_OF_SPLIT[split]
    given = {key: value for key, value in dataset.get("columns", {}).items() if key in COLUMNS | own}
    none = dict.fromkeys(key for columns in COLUMNS_OF_SPLIT.values() for key in columns)
    columns = none | COLUMNS | own | given | table.get("columns", {})
    complete = TABLE_DEFAULTS | table | {"split": split, "columns": columns}
    _check_audio(complete, f"{path}: tables.{name}")
    if columns["label"] is None and complete["format"] != "no_labels":
        raise UserError(f"{path}: tables.{name}: there is no column of labels; name it, or say `format: no_labels`")
    return complete
