"""The scores of sound events where a class of the vocabulary sounds in no scored clip, through the stages."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.scoring import score_events, write_events
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.events import Events
from workflow_scripts.tables.events import write_events as write_event_table
from workflow_scripts.tables.frame_probabilities import write_frame_probabilities
from workflow_scripts.tables.listing import write_listing

CLASSES = ["Cat", "Cow", "Dog"]
REFERENCE = [("a.wav", 1.0, 2.0, "Dog"), ("b.wav", 1.0, 2.0, "Cat"), ("elsewhere.wav", 1.0, 2.0, "Cow")]
ALARM = ("a.wav", 5.0, 6.0, "Cow")
STEP = 0.1  # seconds


@pytest.fixture
def scored(tmp_path, capsys):
    """Return (value by split and metric, class table, what is printed) of the system ``net`` on two clips of 10 s."""

    def run(estimated, reference=REFERENCE, classes=CLASSES):
        fnames = ["a.wav", "b.wav"]
        clips = pd.DataFrame({"fname": fnames, "split": "test", "usage": "", "seconds": 10.0, "label": ""})
        clips = clips.assign(manually_verified=1, subsets="", group="", fold="", row="", md5="", path=fnames)
        write_clips(clips, tmp_path / "clips.csv")
        write_listing(clips, tmp_path / "listing.csv")
        frames = {fname: np.zeros((100, len(classes)), np.float32) for fname in fnames}
        for fname, onset, offset, label in estimated:
            frames[fname][round(onset / STEP) : round(offset / STEP), classes.index(label)] = 1
        write_frame_probabilities(fnames, frames.values(), tmp_path / "filtered.npy", tmp_path / "filtered.csv")
        for name, rows in [("reference", reference), ("found", estimated)]:
            write_event_table(pd.DataFrame(rows, columns=list(Events.columns)), tmp_path / f"{name}.csv")
        files = {name: tmp_path / f"{name}.csv" for name in ("listing", "clips", "reference", "scores", "by_class")}
        frames = {"filtered": [tmp_path / "filtered.npy"], "filtered_index": [tmp_path / "filtered.csv"]}
        settings = {"oracle": "perfect", "classes": classes, "usages": [""], "published": [], "resamples": 50}
        settings |= {"detections": [{"name": "net", "step_seconds": STEP}], "seed": 1}
        settings = score_events.Settings(**settings)
        score_events.main(**files, **frames, events=[tmp_path / "found.csv"], settings=settings)
        write_events.main(
            **{name: files[name] for name in ("scores", "by_class")},
            events=tmp_path / "found.csv",
            answer=tmp_path / "answer.csv",
            answer_scores=tmp_path / "answer_scores.csv",
            settings=write_events.Settings(dataset="Pets", answer="net"),
        )
        scores = pd.read_csv(tmp_path / "scores.csv").set_index(["system", "split", "metric"])["value"]
        by_class = pd.read_csv(tmp_path / "by_class.csv").query("system == 'net'").set_index("label")
        return scores.xs(("net", "test")), by_class, capsys.readouterr().out

    return run


def test_it_is_left_out_of_every_mean_and_named_with_its_false_alarms(scored):
    perfect = [event for event in REFERENCE if event[0] != "elsewhere.wav"]
    scores, by_class, printed = scored([*perfect, ALARM])
    means = ["event_f1", "event_precision", "event_recall", "segment_f1", "tag_f1", "psds1", "psds2"]
    assert scores[means].to_dict() == dict.fromkeys(means, 1)
    assert scores[["event_error_rate", "segment_error_rate"]].tolist() == [0, 0]
    assert scores["event_micro_f1"] == 2 * 2 / (2 + 3), "the false alarm counts"
    assert scores[["classes", "listed_classes"]].tolist() == [2, 3]
    assert by_class.loc["Cow", ["reference", "estimated", "found"]].tolist() == [0, 1, 0]
    assert by_class.loc["Cow", ["f1", "recall"]].isna().all()
    assert "test: left out of all means of the classes, as no scored clip has them: Cow (1)" in printed


def test_where_all_classes_sound_nothing_is_said_of_it(scored):
    reference = [*REFERENCE, ("b.wav", 5.0, 6.0, "Cow")]
    scores, _, printed = scored([ALARM], reference)
    assert scores[["classes", "listed_classes"]].tolist() == [3, 3]
    assert (scores["event_error_rate"], scores["event_precision"]) == (pytest.approx((1 + 1 + 2) / 3), 0)
    assert "left out" not in printed


def test_the_first_of_many_are_named(scored):
    names = [*CLASSES, *(f"class {number:02}" for number in range(30))]
    *_, printed = scored([ALARM], classes=names)
    assert "Cow (1), class 00 (0)" in printed
    assert "class 08 (0) and 21 more in" in printed


def test_where_nothing_sounds_in_any_scored_clip_the_scores_are_undefined(scored):
    scores, by_class, printed = scored([ALARM], reference=REFERENCE[2:])
    assert scores[["classes", "listed_classes"]].tolist() == [0, 3]
    assert scores.drop(["clips", "listed_clips", "classes", "listed_classes"]).isna().all()
    assert by_class["estimated"].sum() == 1
    assert "Cat (0), Cow (1), Dog (0)" in printed
