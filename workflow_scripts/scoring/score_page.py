"""The scores as a page: which numbers it shows, as text; how they look is in score_page_template.py."""

from typing import NamedTuple

import numpy as np
from jinja2 import Environment, StrictUndefined

from workflow_scripts.scoring.score_page_template import TEMPLATE
from workflow_scripts.tables.published_scores import NOT_RUN
from workflow_scripts.tables.scores import clips_of, fewer_clips, in_words, score_of
from workflow_scripts.tasks.words import multiclass, multilabel

SPLITS = {
    "all": "test clips",
    "public": "public test clips",
    "private": "private test clips",
    "oof_verified": "verified training clips, out of fold",
}
METRICS = multiclass.NAMES | multilabel.NAMES  # of published scores
UNDEFINED = "\N{EN DASH}"
NAMED = 20  # classes


class Cell(NamedTuple):
    text: str
    interval: str = ""


class Column(NamedTuple):
    heading: str
    split: str
    cells: list


def score_page(scores, comparisons, class_scores, published, dataset, answer, main_metric="map3", words=multiclass):
    """Return the page as HTML text, the same for the same tables; every name in it is escaped.

    ``scores``, ``comparisons``, ``class_scores``, ``published``: tables as their readers return them. ``dataset``: its
    name. ``answer``: the system whose classes are shown. ``main_metric``: that by which systems are compared, and
    ``words``: how measures are told, see :mod:`workflow_scripts.tasks.words`. What is shown of one split only is of the
    test clips, or of the verified training clips where there are no others.
    """
    splits = [split for split in SPLITS if split in scores.index.unique("split")]
    main = splits[0] if splits else None
    systems = list(scores.index.unique("system"))
    columns = _columns(scores, comparisons, systems, splits, main_metric, words)
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
        rows=[
            (in_words(scores, system), [column.cells[number] for column in columns])
            for number, system in enumerate(systems)
        ],
        classes=_class_rows(class_scores, answer, main, words.CLASS_COLUMNS),
        class_columns=words.CLASS_COLUMNS.values(),
        name=words.MAIN_NAME,
        explained=words.EXPLAINED,
        classes_explained=words.CLASSES_EXPLAINED,
        undefined=words.UNDEFINED,
        left_out=words.LEFT_OUT,
        without_clips=_without_clips(class_scores, answer, main),
        published=_published_rows(published, sources),
        sources=sources,
    )


def _columns(scores, comparisons, systems, splits, main_metric, words):
    def column(heading, metric, split):
        return Column(heading, SPLITS[split], [_cell(scores, system, split, metric) for system in systems])

    if not splits:
        return []
    main = splits[0]
    of_main = comparisons.xs((main, main_metric), level=("split", "metric")).reindex(systems)
    differences = [_difference(system, of_main.loc[system]) for system in systems]
    return [
        *(column(words.MAIN_NAME, main_metric, split) for split in splits),
        Column(f"{words.MAIN_NAME} above the best single system", SPLITS[main], differences),
        *(column(heading, metric, main) for metric, heading in words.COLUMNS.items()),
    ]


def _cell(scores, system, split, metric):
    """Return the value with its interval, and with the clips it stands on where they are fewer than those of others."""
    row, fewer = score_of(scores, system, split, metric), fewer_clips(scores, system, split)
    told = [_interval(row), f"{fewer} clips" if fewer else ""]
    return Cell(_number(row["value"]), ", ".join(filter(None, told)))


def _class_rows(class_scores, answer, main, columns):
    rows = class_scores[(class_scores["system"] == answer) & (class_scores["split"] == main)]
    return [
        (row["label"], [f"{int(row['clips']):,}", *(_number(row[name]) for name in columns)])
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
