"""Rule accept_labels: which unverified clips join the verified ones in the next self-verification round."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.artefacts.clips import read_clips
from workflow_scripts.artefacts.predictions import read_predictions
from workflow_scripts.artefacts.tables import rows_of, write_table
from workflow_scripts.common.stage import run
from workflow_scripts.labels.self_verification import accept

log = logging.getLogger("accept_labels")


def main(*, clips: Path, judged: list[Path], accepted: Path, settings: dict):
    """Gather the folds' verdicts on the clips they held out and accept labels.

    ``judged``: one prediction table per fold, of its unverified held-out clips. ``settings``: ``classes`` and
    ``accept`` (threshold, cap, agreement). ``accepted``: CSV with one row per unverified training clip:
    fname, label, predicted, probability (of the given label), accepted (0/1).
    """
    candidates = read_clips(clips, "train").query("manually_verified == 0")
    verdicts = pd.concat([read_predictions(path) for path in judged])
    probabilities = rows_of(verdicts, candidates.index, "the folds' verdicts").to_numpy()
    classes = settings["classes"]
    labels = candidates["label"].map(classes.index).to_numpy(int)
    chosen = accept(probabilities, labels, candidates["manually_verified"] == 1, **settings["accept"])
    log.info("accepted %d of %d unverified clips", chosen.sum(), len(chosen))
    write_table(
        pd.DataFrame(
            {
                "fname": candidates.index,
                "label": candidates["label"].to_numpy(),
                "predicted": [classes[i] for i in probabilities.argmax(axis=1)],
                "probability": probabilities[range(len(labels)), labels],
                "accepted": chosen.astype(int),
            }
        ),
        accepted,
    )


if __name__ == "__main__":
    run(main)
