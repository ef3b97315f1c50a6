"""Data sets whose labels are made wrong on purpose: ``<dataset>+<kind>-<rate>-s<seed>``, as in ``mine+uniform-0.4-s1``.

The name says all of the noise but what it is made of, which the dataset file says (``label_noise``,
``further_classes``). Such a data set has a clip table, folds and results of its own; recordings, and features of these,
are those of the data set before the ``+``. No dataset file can have a ``+`` in its name.
"""

import re

from workflow_scripts.common.errors import UserError

OUT_OF_VOCABULARY = "out_of_vocabulary"
KINDS = ("uniform", "confusable", OUT_OF_VOCABULARY)
_NOISE = re.compile(r"(?P<kind>\w+)-(?P<rate>\d+(\.\d+)?)-s(?P<seed>\d+)")


def parted(choice):
    """Return [data set] or, of a choice with noise, [data set, noise]; both as they are written."""
    base, plus, noise = choice.rpartition("+")
    return [base, noise] if plus and not choice.endswith((".yaml", ".yml")) else [choice]


def base_of(name):
    """Return the name of the data set whose recordings, and features of these, those of ``name`` are."""
    return parted(name)[0]


def noisy_name(dataset, kind, rate, seed):
    """Return the name of a noisy data set; without any wrong label all kinds are the same one."""
    return f"{dataset}+{kind if rate else KINDS[0]}-{rate:g}-s{seed}"


def is_noisy(dataset):
    """Whether labels of a ``dataset`` (a file's content) were made wrong."""
    return "kind" in dataset["label_noise"]


def with_noise(dataset, choice):
    """Return ``dataset``, the content of a file, as that of ``choice``: kind, rate and seed in its ``label_noise``.

    Raises UserError where the name says no noise, or the file not what it is made of.
    """
    base, noise = parted(choice)
    where, found = f"dataset {choice!r}", _NOISE.fullmatch(noise)
    if found is None:
        raise UserError(f"{where}: behind the + stand kind, rate and seed of label noise, as in {base}+uniform-0.4-s1")
    kind, rate, seed = found["kind"], float(found["rate"]), int(found["seed"])
    if kind not in KINDS:
        raise UserError(f"{where}: there is no label noise of the kind {kind!r}; there are {', '.join(KINDS)}")
    if rate > 1:
        raise UserError(f"{where}: the rate is the share of unverified labels that are wrong, from 0 to 1; correct it")
    if noise != (plain := f"{kind}-{rate:g}-s{seed}"):
        raise UserError(f"{where}: write {base}+{plain}, so that there is one such data set only")
    if dataset["task"] != "multiclass":
        raise UserError(f"{where}: labels are made wrong where a clip has one; the task of {base} is {dataset['task']}")
    made_of = dataset["label_noise"]
    if is_noisy(dataset):
        raise UserError(f"{where}: labels that were made wrong already cannot be told from true ones; name one noise")
    confusable = {"groups", "confusions"} & made_of.keys()
    needed = {
        "`classes`": dataset["classes"],
        "`true_labels`, nor a `verified_share` in `label_noise`": dataset["true_labels"] or "verified_share" in made_of,
        "`groups` in `label_noise`, nor `confusions`": kind != "confusable" or confusable,
        "`further_classes`": kind != OUT_OF_VOCABULARY or dataset["further_classes"],
    }
    for keys, there in needed.items():
        if not there:
            raise UserError(f"{where}: the file of {base} has no {keys}; add it, as datasets/README.md tells")
    return dataset | {"label_noise": made_of | {"kind": kind, "rate": rate, "seed": seed}}


def check_noise(dataset, path):
    """Raise UserError where what noise is made of, in a dataset file, does not fit its classes."""
    classes, further = dataset["classes"] or [], dataset["further_classes"]
    if further and not classes:
        raise UserError(f"{path}: further_classes: they are further than `classes`, and there are none; add these")
    if further and dataset["task"] != "multiclass":
        raise UserError(f"{path}: further_classes: they are of one label a clip, the task multiclass; leave them out")
    for name in further:
        if name in classes:
            raise UserError(f"{path}: further_classes: {name!r} is one of `classes`, too; keep one of the two")
    made_of, grouped = dataset["label_noise"], []
    if {"groups", "confusions"} <= made_of.keys():
        raise UserError(f"{path}: label_noise: groups or confusions say what is confusable; leave one of the two out")
    for group, names in made_of.get("groups", {}).items():
        where = f"{path}: label_noise.groups.{group}"
        for name in names:
            if name not in classes:
                raise UserError(f"{where}: {name!r} is none of `classes`; correct it, or leave it out")
            if name in grouped:
                raise UserError(f"{where}: {name!r} stands in two groups, or twice; keep it in one")
            grouped.append(name)
