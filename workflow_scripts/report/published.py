"""What authors report, and what this run has found of the same."""

from workflow_scripts.scoring.score_table import read_scores
from workflow_scripts.tables.published_scores import NOT_RUN, write_published


def compare_published(scores, known, dataset, published):
    """Write ``published``: one row per published score, with ours from the score table ``scores`` or ``not run``.

    ``dataset``: the one that is scored. ``known``: dicts of system, dataset, split, metric, value, source, and
    as_published: whether this run would compute the system in its published size. Ours never stands beside a score on
    another data set or of another size.
    """
    found = read_scores(scores)
    rows = []
    for row in known:
        key = row["system"], row["split"], row["metric"]
        ours = {"ours": NOT_RUN}
        if row["dataset"] == dataset and row["as_published"] and key in found.index:
            value, low, high = found.loc[key, ["value", "low", "high"]]
            ours = {"ours": f"{value:.6f}", "low": low, "high": high}
        rows.append(row | {"published": row["value"]} | ours)
    write_published(rows, published)
