"""Rule corrupt_labels: the clip table with labels made wrong, and what the true ones are."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.stage import run
from workflow_scripts.data import confusions
from workflow_scripts.data.label_noise import draw_verified, strangers_for, wrong_within
from workflow_scripts.data.true_labels import read_true_labels
from workflow_scripts.tables.clips import read_clips, write_clips
from workflow_scripts.tables.true_labels import write_true_labels

log = logging.getLogger("corrupt_labels")
REMEDY = "some must be, and some not; give `label_noise` another `verified_share`, or leave it out"


@dataclass(frozen=True)
class Settings:
    kind: str  # uniform, confusable or out_of_vocabulary
    rate: float  # the share of the unverified labels that are wrong, 0 to 1
    seed: int
    classes: list[str]
    further_classes: list[str] = field(default_factory=list)  # those of out_of_vocabulary
    groups: dict[str, list[str]] | None = None  # of confusable: name -> classes taken for each other
    confusions: str | None = None  # or path of a CSV, see `read_confusions`
    verified_share: float | None = None  # of the clips with a known label; None: those that the tables call verified
    true_labels: str | None = None  # path of a CSV (fname, true_label), of the unverified clips
    content: str | None = None  # hash of it in a user's own folder, which stands for it in the fingerprint
    confusions_content: str | None = None  # the same of `confusions`


def main(*, clips: Path, corrupted: Path, true_labels: Path, settings: Settings):
    """Write a clip table in which a share of the unverified training labels is wrong, and all other labels are right.

    Those that were wrong already are set right first. Training clips whose true label is not known, or none of the
    classes, are not in it; test clips stay as they are.

    clips:       the clip table of the data set, with the clips of its further classes
    corrupted:   the clip table to write
    true_labels: the table to write of the true labels of its training clips
    """
    table = read_clips(clips)
    training = _with_true_labels(table[table["split"] == "train"].sort_index(), settings.true_labels)
    known = training[training["true_label"].isin(settings.classes)]
    if settings.verified_share is None:
        verified = known["manually_verified"].to_numpy() == 1
    else:
        verified = draw_verified(known["true_label"].to_numpy(), settings.verified_share, settings.seed)
    if verified.all() or not verified.any():
        raise UserError(f"{clips}: of {len(known)} clips with a known label {verified.sum()} are verified: {REMEDY}")
    kept = known[verified].assign(label=lambda rows: rows["true_label"], manually_verified=1)
    strangers = training[training["true_label"].isin(settings.further_classes)]
    noisy = _noisy(known[~verified], strangers, settings).assign(manually_verified=0)
    wrong = noisy["label"] != noisy["true_label"]
    log.info("%d of %d unverified labels are wrong; %d are verified", wrong.sum(), len(noisy), len(kept))
    training = pd.concat([kept, noisy]).sort_index()
    write_clips(pd.concat([training, table[table["split"] == "test"]]), corrupted)
    write_true_labels(training, true_labels)


def _with_true_labels(training, path):
    """Return the clips whose true label is known, with it: the verified ones, and those in the table at ``path``."""
    doubtful = training["manually_verified"] == 0
    training = training.assign(true_label=training["label"].mask(doubtful))
    truth = read_true_labels(path, training.index[doubtful])
    if truth is not None:
        training.loc[doubtful, "true_label"] = truth
    return training.dropna(subset="true_label")


def _noisy(clips, strangers, settings):
    """Return the unverified ``clips`` with their labels, of which a share is wrong; or ``strangers`` stand for some."""
    labels, rate, seed = clips["true_label"].to_numpy(str), settings.rate, settings.seed
    clips = clips.assign(label=labels)
    if settings.kind == "out_of_vocabulary":
        replaced, replacing = strangers_for(labels, rate, seed, strangers["true_label"].to_numpy(str))
        return pd.concat([clips.drop(clips.index[replaced]), strangers.iloc[replacing].assign(label=labels[replaced])])
    return clips.assign(label=wrong_within(labels, rate, seed, settings.classes, _confusions(settings)))


def _confusions(settings):
    if settings.kind == "uniform":
        return confusions.uniform(settings.classes)
    if settings.confusions:
        return confusions.read_confusions(settings.confusions, settings.classes)
    return confusions.within_groups(settings.classes, settings.groups)


if __name__ == "__main__":
    run(main)
