"""The scores as a page: which numbers it shows, as text; how they look is in score_page_template.py."""

from typing import NamedTuple

import numpy as np
from jinja2 import Environment, StrictUndefined

from workflow_scripts.scoring.score_page_template import TEMPLATE
from workflow_scripts.scoring.score_table import clips_of
from workflow_scripts.tables.published_scores import NOT_RUN

SPLITS = {
    "all": "test clips",
    "public": "public test clips",
    "private": "private test clips",
    "oof_verified": "verified training clips, out of fold",
}
METRICS = {"map3": "MAP@3", "accuracy": "accuracy"}
OTHERS = {
    "sed_eval_f_measure": "F-measure over clips",
    "sed_eval_class_f_measure": "F-measure over classes",
    "sed_eval_eer": "Equal error rate",
    "expected_calibration_error": "Calibration error",
}
MEASURES = ["ap3", "f1", "precision", "recall"]
UNDEFINED = "\N{EN DASH}"
NAMED = 20  # classes


class Cell(NamedTuple):
    text: str
    interval: str = ""


class Column(NamedTuple):
    heading: str
    split: str
    cells: list


def score_page(scores, comparisons, class_scores, published, dataset, answer):
    """Return the page as HTML text, the same for the same tables; every name in it is escaped.

    ``scores``, ``comparisons``, ``class_scores``, ``published``: tables as their readers return them. ``dataset``: its
    name. ``answer``: the system whose classes are shown. What is shown of one split only is of the test clips, or of
    the verified training clips where there are no others.
    """
    splits = [split for split in SPLITS if split in scores.index.unique("split")]
    main = splits[0] if splits else None
    systems = list(scores.index.unique("system"))
    columns = _columns(scores, comparisons, systems, splits)
    sources = list(dict.fromkeys(published["source"]))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE).render(
        dataset=dataset,
        answer=answer,
        main=SPLITS.get(main),
        against=next(iter(comparisons["against"]), None),
        verified="oof_verified" in splits,
        clips={SPLITS[split]: clips_of(scores, split) for split in splits},
        columns=columns,
        rows=[(system, [column.cells[number] for column in columns]) for number, system in enumerate(systems)],
        classes=_class_rows(class_scores, answer, main),
        without_clips=_without_clips(class_scores, answer, main),
        published=_published_rows(published, sources),
        sources=sources,
    )


def _columns(scores, comparisons, systems, splits):
    def column(heading, metric, split):
        rows = (scores.loc[(system, split, metric)] for system in systems)
        return Column(heading, SPLITS[split], [Cell(_number(row["value"]), _interval(row)) for row in rows])

    if not splits:
        return []
    main = splits[0]
    differences = [_difference(system, comparisons.loc[(system, main, "map3")]) for system in systems]
    return [
        *(column("MAP@3", "map3", split) for split in splits),
        Column("MAP@3 above the best single system", SPLITS[main], differences),
        column("Accuracy", "accuracy", main),
        *(column(heading, metric, main) for metric, heading in OTHERS.items()),
    ]


def _class_rows(class_scores, answer, main):
    rows = class_scores[(class_scores["system"] == answer) & (class_scores["split"] == main)]
    return [
        (row["label"], [f"{int(row['clips']):,}", *(_number(row[name]) for name in MEASURES)])
        for row in rows.to_dict("records")
    ]


def _without_clips(class_scores, answer, main):
    """Return (names, how many more) of the classes that no clip has: all means of classes leave them out."""
    rows = class_scores[(class_scores["system"] == answer) & (class_scores["split"] == main)]
    names = list(rows["label"][rows["clips"] == 0])
    return names[:NAMED], len(names[NAMED:])


def _published_rows(published, sources):
    return [
        {
            **{key: row[key] for key in ("system", "dataset")},
            "split": SPLITS[row["split"]],
            "metric": METRICS[row["metric"]],
            "published": max(f"{row['published']:.3f}", f"{row['published']:g}", key=len),  # the digits that are given
            "ours": NOT_RUN if row["ours"] == NOT_RUN else Cell(_number(float(row["ours"])), _interval(row)),
            "source": 1 + sources.index(row["source"]),
        }
        for row in published.to_dict("records")
    ]


def _difference(system, row):
    if system == row["against"]:
        return Cell("the best single")
    return Cell(_number(row["difference"], "+z"), _interval(row, "+z"))


def _interval(row, sign=""):
    return "" if np.isnan(row["low"]) else f"{_number(row['low'], sign, 3)} to {_number(row['high'], sign, 3)}"


def _number(number, sign="", digits=4):
    if np.isnan(number):
        return UNDEFINED
    return f"{number:{sign}.{digits}f}".replace("-", "\N{MINUS SIGN}")
