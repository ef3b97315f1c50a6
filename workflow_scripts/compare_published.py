"""Rules compare_published, compare_published_events: what authors report, and what this run has found of the same."""

from pathlib import Path

from workflow_scripts.artefacts.published_scores import NOT_RUN, write_published
from workflow_scripts.common.stage import run
from workflow_scripts.scoring.score_table import read_scores


def main(*, scores: Path, published: Path, settings: dict):
    """Write ``published``: one row per published score, with ours from the score table ``scores`` or ``not run``.

    ``settings``: dataset, the one that is scored; published, a list of system, dataset, split, metric, value, source,
    and as_published: whether this run would compute the system in its published size. Ours never stands beside a score
    on another data set or of another size.
    """
    found = read_scores(scores)
    rows = []
    for row in settings["published"]:
        key = row["system"], row["split"], row["metric"]
        ours = {"ours": NOT_RUN}
        if row["dataset"] == settings["dataset"] and row["as_published"] and key in found.index:
            value, low, high = found.loc[key, ["value", "low", "high"]]
            ours = {"ours": f"{value:.6f}", "low": low, "high": high}
        rows.append(row | {"published": row["value"]} | ours)
    write_published(rows, published)


if __name__ == "__main__":
    run(main)
