"""What authors report, and what this run has found of the same."""

from workflow_scripts.tables.published_scores import NOT_RUN, write_published
from workflow_scripts.tables.rounds import read_rounds
from workflow_scripts.tables.scores import read_scores


def compare_published(scores, known, dataset, published, rounds=None):
    """Write ``published``: one row per published score, with ours from the score table ``scores`` or ``not run``.

    ``dataset``: the one that is scored. ``known``: dicts of system, dataset, split, metric, value, source, and
    as_published: whether this run would compute the system in its published size. Ours never stands beside a score on
    another data set or of another size. Where one has ``round``, it is of that round of the system: ours is that of the
    verified clips in ``rounds``, system -> path of its table of rounds, without an interval.
    """
    found = read_scores(scores)
    of_rounds = {system: read_rounds(path).set_index("round") for system, path in (rounds or {}).items()}
    rows = []
    for row in known:
        of_round = f" round {row['round']}" if "round" in row else ""
        shown = row | {"system": row["system"] + of_round, "published": row["value"], "ours": NOT_RUN}
        if row["dataset"] == dataset and row["as_published"]:
            shown |= _ours_of_round(row, of_rounds) if of_round else _ours(row, found)
        rows.append(shown)
    write_published(rows, published)


def _ours(row, found):
    key = row["system"], row["split"], row["metric"]
    if key not in found.index:
        return {}
    value, low, high = found.loc[key, ["value", "low", "high"]]
    return {"ours": f"{value:.6f}", "low": low, "high": high}


def _ours_of_round(row, of_rounds):
    table, measure = of_rounds.get(row["system"]), f"verified_{row['metric']}"
    if table is None or row["split"] != "oof_verified" or row["round"] not in table.index or measure not in table:
        return {}
    return {"ours": f"{table.loc[row['round'], measure]:.6f}"}
