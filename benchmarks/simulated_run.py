"""The tables of a finished run of Task 2, simulated: for looking at its figures and pages, and for what they cost.

    python -m benchmarks.simulated_run <folder> --classes 1000 --clips 100000 [--names long]

writes the tables into the folder and draws all figures and pages from them, by the stages' own entry points.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from workflow_scripts.audit import audit_labels, plot_audit
from workflow_scripts.report import plot_learning, report_results
from workflow_scripts.report.figures.confusion import confusion_matrix
from workflow_scripts.report.figures.style import save
from workflow_scripts.scoring import score_systems
from workflow_scripts.tables.accepted import write_accepted
from workflow_scripts.tables.audio_facts import write_audio_facts
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.corrected_labels import write_corrected
from workflow_scripts.tables.history import History
from workflow_scripts.tables.listing import write_listing
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.tables.rounds import write_rounds
from workflow_scripts.tables.segments import write_segments
from workflow_scripts.tables.stack_weights import write_stack_weights
from workflow_scripts.tables.tables import write_table

SYSTEMS, STACK, ROUNDS, FOLDS, EPOCHS = ["net-a", "net-b"], "stack", 3, 4, 50
RATE, SECONDS, BLOCK = 16000, 5, 5000  # Hz; of the one recording that all clips have; clips made at a time
STAGES = ["score", "report", "learning", "audit", "audit_plot"]  # functions of this module, in their order
NAMES = {  # how a class is called, by its number
    "short": "class {:04}".format,
    "long": "Sounds of things, domestic sounds, home sounds: (appliance no. {:04}) or similar/other".format,
}


def simulate(folder, classes, clips, names="short", seed=1):
    """Write the tables that :func:`score`, :func:`report`, :func:`learning` and :func:`audit` read.

    A tenth of the ``clips`` is for testing, 40 % of the others are verified; labels are as frequent as words, so that
    with many classes some have no test clip. A fifth of the unverified labels is wrong. Classes are confused within
    groups of about five.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    labels = names_of(classes, names)
    truth = _drawn(random, classes, clips)
    test, verified = np.arange(clips) < clips // 10, random.random(clips) < 0.4
    given = np.where(~test & ~verified & (random.random(clips) < 0.2), random.integers(0, classes, clips), truth)
    recording = folder / "recording.flac"
    soundfile.write(recording, random.uniform(-0.1, 0.1, RATE * SECONDS) * np.linspace(0, 1, RATE * SECONDS), RATE)
    fnames = [f"{number // 1000:03}/{number:06}.wav" for number in range(clips)]
    table = pd.DataFrame({"fname": fnames, "label": np.array(labels)[given]})
    table["split"] = np.where(test, "test", "train")
    table["manually_verified"] = (test | verified).astype(int)
    table["usage"] = np.where(test, np.where(random.random(clips) < 0.2, "Public", "Private"), "")
    table["seconds"] = np.exp(random.normal(1.2, 0.8, clips)).clip(0.1, 30)
    table = table.assign(subsets="", group="", fold="", row="simulated", md5="0", path=str(recording))
    write_clips(table, folder / "clips.csv")
    write_listing(table, folder / "listing.csv")
    facts = pd.DataFrame({"fname": fnames, "seconds": table["seconds"]}).assign(state="ok", message="", rate=RATE)
    facts = facts.assign(channels=1, peak=0.1, clipped=0, channel=0, streams=1, behind=0.0, md5="0", content="")
    write_audio_facts(facts, folder / "audio.csv")
    kept = (table["seconds"] * RATE * random.uniform(0.3, 1, clips)).astype(int)
    write_segments(zip(fnames, [0] * clips, [0] * clips, kept, strict=True), folder / "segments.csv")
    doubtful = np.flatnonzero(~test & ~verified)
    true_labels = pd.DataFrame({"fname": table["fname"][doubtful], "true_label": np.array(labels)[truth[doubtful]]})
    write_table(true_labels, folder / "true_labels.csv")

    for number, system in enumerate([*SYSTEMS, STACK]):
        for split, members in [("oof", ~test), ("test", test)]:
            probabilities = _predicted(random, truth[members], classes, 3.5 + number)
            predictions = prediction_table(np.array(fnames)[members], probabilities, labels)
            write_predictions(predictions, folder / f"{system}.{split}.parquet")
        _write_rounds(folder, random, system, table.iloc[doubtful], truth[doubtful], labels)
    _write_corrected(folder, random, table.iloc[doubtful], truth[doubtful], labels)
    shares = random.dirichlet(np.ones(len(SYSTEMS)), classes).ravel()
    weights = pd.DataFrame({"label": np.repeat(labels, len(SYSTEMS)), "system": SYSTEMS * classes, "share": shares})
    write_stack_weights(weights.assign(own_coefficient=1.0, against="", against_coefficient=0), folder / "weights.csv")


def names_of(classes, names="short"):
    return [NAMES[names](number) for number in range(classes)]


def score(folder, classes, names="short"):
    """Rule score_systems."""
    systems = [*SYSTEMS, STACK]
    outputs = ("scores", "comparisons", "by_class", "confusions", "reliability", "effects")
    score_systems.main(
        listing=folder / "listing.csv",
        clips=folder / "clips.csv",
        **{split: [folder / f"{system}.{split}.parquet" for system in systems] for split in ("oof", "test")},
        **{f"given_{split}": [folder / f"{s}.{split}.parquet" for s in SYSTEMS] for split in ("oof", "test")},
        **{name: folder / f"{name}.csv" for name in outputs},
        settings=score_systems.Settings(
            **{"systems": systems, "singles": SYSTEMS, "classes": names_of(classes, names)},
            stages=[("given labels", system) for system in SYSTEMS] + [("stack", STACK)],
            **{"published": [], "resamples": 2000, "seed": 1},
        ),
    )


def report(folder, classes, names="short"):
    """Rule report_results."""
    keys = [(system, number) for system in SYSTEMS for number in range(1, ROUNDS)]
    tables = ("clips", "weights", "scores", "comparisons", "by_class", "confusions", "reliability", "effects")
    outputs = {"published": "published.csv", "self_verification": "self_verification.csv", "page": "scores.html"}
    outputs |= {"relabelling": "relabelling.csv", "pruning": "pruning.csv"}
    outputs |= {"scores_plot": "scores.png", "figures": "figures"}
    (folder / "figures").mkdir(exist_ok=True)
    report_results.main(
        **{name: folder / f"{name}.csv" for name in tables},
        **{name: folder / file for name, file in outputs.items()},
        facts=folder / "audio.csv",
        segments=[folder / "segments.csv"],
        accepted=[folder / f"{system}.accepted{number}.csv" for system, number in keys],
        rounds=[folder / f"{system}.rounds.csv" for system in SYSTEMS],
        corrected=[folder / "corrected.csv"],
        pruned=[],
        settings=report_results.Settings(
            **{"dataset": "simulated", "classes": names_of(classes, names), "answer": STACK, "stack": STACK},
            **{"published": [], "accepted": keys, "verifying": SYSTEMS, "corrected": [(STACK, 1)]},
            **{"stores": [("mel", "trim_ends")], "examples": [("trim_ends (mel)", "mel")]},
            true_labels=str(folder / "true_labels.csv"),
        ),
    )


def learning(folder, classes, names="short"):
    """Rule plot_learning; the numbers of classes and clips make no difference to it."""
    keys = [(system, number, fold) for system in SYSTEMS for number in range(ROUNDS) for fold in range(FOLDS)]
    plot_learning.main(
        clips=folder / "clips.csv",
        histories=[folder / f"{system}.history{number}.csv" for system, number, _ in keys],
        rounds=[folder / f"{system}.rounds.csv" for system in SYSTEMS],
        plot=folder / "figures/learning_curves.png",
        settings=plot_learning.Settings(dataset="simulated", histories=keys, systems=SYSTEMS),
    )


def audit(folder, classes, names="short"):
    """Rule audit_labels."""
    keys = [(system, number) for system in SYSTEMS for number in range(1, ROUNDS)]
    audit_labels.main(
        clips=folder / "clips.csv",
        oof=folder / f"{STACK}.oof.parquet",
        systems_oof=[folder / f"{system}.oof.parquet" for system in SYSTEMS],
        accepted=[folder / f"{system}.accepted{number}.csv" for system, number in keys],
        corrected=[folder / "corrected.csv"],
        audit=folder / "label_audit.csv",
        page=folder / "label_audit.html",
        settings=audit_labels.Settings(
            **{"dataset": "simulated", "ensemble": STACK, "classes": names_of(classes, names), "systems": SYSTEMS},
            task="multiclass",
            **{"accepted": keys, "corrected": [(STACK, 1)], "true_labels": str(folder / "true_labels.csv")},
        ),
    )


def confusion(folder, classes, names="short"):
    """The confusion figure alone, of 10 clips a class."""
    random = np.random.default_rng(1)
    truth = _drawn(random, classes, 10 * classes)
    predicted = np.where(random.random(len(truth)) < 0.6, truth, _confused(random, truth, classes))
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (truth, predicted), 1)
    save(confusion_matrix(counts, names_of(classes, names), "simulated", "all", STACK), folder / "confusion.png")


def audit_plot(folder, classes, names="short"):
    """Rule plot_audit."""
    paths = {"audit": "label_audit.csv", "precision": "audit_precision.csv", "plot": "audit_precision.png"}
    settings = plot_audit.Settings(dataset="simulated", classes=names_of(classes, names), systems=SYSTEMS)
    plot_audit.main(**{name: folder / file for name, file in paths.items()}, settings=settings)


def _drawn(random, classes, clips):
    frequency = 1 / np.arange(1, classes + 1) ** 0.7
    return random.permutation(classes)[random.choice(classes, clips, p=frequency / frequency.sum())]


def _confused(random, truth, classes):
    """Return for each of ``truth`` another class of its group."""
    return np.minimum(truth - truth % 5 + random.integers(0, 5, len(truth)), classes - 1)


def _predicted(random, truth, classes, sureness):
    """Return probabilities [clips, classes] float32."""
    parts = []
    for first in range(0, len(truth), BLOCK):
        part = truth[first : first + BLOCK]
        logits = random.standard_normal((len(part), classes), dtype=np.float32)
        rows = np.arange(len(part))
        logits[rows, part] += sureness
        logits[rows, _confused(random, part, classes)] += sureness - 0.5
        logits = np.exp(2 * logits)
        parts.append(logits / logits.sum(axis=1, keepdims=True))
    return np.concatenate(parts).clip(0, 1)


def _write_rounds(folder, random, system, doubtful, truth, labels):
    scores = pd.DataFrame({"round": range(ROUNDS), "verified_loss": np.linspace(1, 0.8, ROUNDS)})
    scores = scores.assign(verified_map3=np.linspace(0.7, 0.8, ROUNDS), verified_accuracy=0.6, chosen=0)
    scores["verified_balanced_accuracy"] = 0.5
    scores.loc[ROUNDS - 1, "chosen"] = 1
    write_rounds(scores, folder / f"{system}.rounds.csv")
    for number in range(ROUNDS):
        epochs = np.arange(1, EPOCHS + 1)
        history = pd.DataFrame({"epoch": epochs, "learning_rate": 0.001, "training_loss": 4 / epochs**0.5})
        history["verified_loss"] = 4 / epochs**0.3 + random.normal(0, 0.05, EPOCHS)
        write_table(history[list(History.columns)].assign(verified_map3=0.7), folder / f"{system}.history{number}.csv")
        if number:
            accepted = random.random(len(doubtful)) < 0.2 * number
            rows = doubtful[["fname", "label"]].assign(predicted=np.array(labels)[truth], probability=0.5)
            rows = rows.assign(accepted=accepted.astype(int), without_threshold=1)
            write_accepted(rows, folder / f"{system}.accepted{number}.csv")


def _write_corrected(folder, random, doubtful, truth, labels):
    table = doubtful[["fname"]].assign(
        given_label=doubtful["label"], predicted=np.array(labels)[truth], probability=0.6
    )
    changed = (table["predicted"] != table["given_label"]) & (random.random(len(table)) < 0.7)
    promoted = ~changed & (random.random(len(table)) < 0.5)
    table["label"] = np.where(changed, table["predicted"], table["given_label"])
    table = table.assign(relabelled=changed.astype(int), promoted=promoted.astype(int))
    write_corrected(table, folder / "corrected.csv")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--clips", type=int, default=100_000)
    parser.add_argument("--names", choices=NAMES, default="short")
    parser.add_argument("--only", choices=["simulate", "confusion", *STAGES], help="one stage, to be measured")
    options = parser.parse_args()
    if options.only in (None, "simulate"):
        simulate(options.folder, options.classes, options.clips, options.names)
    for stage in [options.only] if options.only else STAGES:
        if stage != "simulate":
            globals()[stage](options.folder, options.classes, options.names)


if __name__ == "__main__":
    main()
