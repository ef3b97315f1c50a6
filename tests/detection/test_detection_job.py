"""Task 4 on a few soundscapes, by the real Snakemake: what comes out, and what an edit makes anew."""

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests import warm
from tests.project import TASK4
from tests.workflow.test_invalidation import configured, replaced
from workflow_scripts.scoring.sound_events import class_f1, event_based

FOLDER = "results/soundscapes"
ROUNDS = {"t4-baseline": [0, 1], "t4-cpjku-deep": [0, 1, 2], "t4-cpjku-shallow": [1, 2]}
DETECTIONS = [f"{system} round {number}" for system in TASK4 for number in ROUNDS[system]]
MERGED = ["t4-cpjku-kd", "t4-cpjku-kd-halves"]
CLASSES = ["Double_bass", "Gunshot_or_gunfire", "Saxophone", "Snare_drum", "Telephone", "Violin_or_fiddle"]


def read(project, name, **options):
    return pd.read_csv(project.folder / name, **options)


def test_the_answer_is_in_the_challenge_s_form(detected):
    answer = read(detected, "results/task4_events.csv", sep="\t")
    assert list(answer.columns) == ["filename", "onset", "offset", "event_label"]
    assert len(answer) > 0
    assert set(answer["event_label"]) <= set(CLASSES)
    assert set(answer["filename"]) <= {f"test_{number:04d}.flac" for number in range(10)}
    assert ((answer["onset"] >= 0) & (answer["onset"] < answer["offset"]) & (answer["offset"] <= 10)).all()


def test_every_round_of_every_system_is_scored_beside_perfect_tags(detected):
    scores = read(detected, "results/task4_scores.csv")
    assert list(scores["system"].unique()) == ["whole-clip-oracle", *DETECTIONS, *MERGED]
    table = scores.set_index(["system", "split", "metric"])["value"]
    for system in scores["system"].unique():
        assert table[system, "test", "clips"] == table[system, "test", "listed_clips"] == 10
        assert 0 <= table[system, "test", "event_f1"] <= 1
    assert table["whole-clip-oracle", "test", "tag_f1"] == 1
    assert detected.printed.rindex("t4-cpjku-kd") > detected.printed.rindex("whole-clip-oracle"), "printed at the end"
    assert scores["published"].isna().all(), "nothing of a reduced size stands beside a published number"


def test_what_is_published_stands_in_a_table_and_was_not_run(detected):
    table = read(detected, f"{FOLDER}/published_events.csv").set_index(["system", "split", "metric"])
    assert table["ours"].unique().tolist() == ["not run"]
    assert table["published"]["t4-baseline round 1", "test", "event_f1"] == 0.1406
    assert table["published"]["t4-cpjku-deep round 5", "test", "event_f1"] == 0.3485
    assert table["published"]["t4-cpjku-kd", "test", "event_f1"] == 0.4086


def test_the_scores_of_classes_add_up(detected):
    table = read(detected, f"{FOLDER}/event_class_scores.csv")
    reference = read(detected, f"{FOLDER}/events.csv")
    for system in ["whole-clip-oracle", *DETECTIONS, *MERGED]:
        own = table[table["system"] == system].set_index("label")
        assert list(own.index) == CLASSES
        assert (
            own["reference"].to_dict() == dict.fromkeys(CLASSES, 0) | reference["event_label"].value_counts().to_dict()
        )
    answer = read(detected, "results/task4_events.csv", sep="\t")
    merged = table[table["system"] == "t4-cpjku-kd"].set_index("label")["estimated"]
    assert merged.sum() == len(answer)


def test_the_merged_events_are_those_of_the_rounds_chosen(detected):
    chosen = read(detected, f"{FOLDER}/ensemble/t4-cpjku-kd/chosen.csv")
    merged = read(detected, f"{FOLDER}/ensemble/t4-cpjku-kd/events.csv")
    for row in chosen.itertuples():
        folder = f"{FOLDER}/systems/{row.system}/stage{row.round:02d}"
        own = read(detected, f"{folder}/events.csv").query("event_label == @row.label")
        of_class = merged[merged["event_label"] == row.label]
        assert of_class.to_numpy().tolist() == own.sort_values(["fname", "onset"]).to_numpy().tolist()
        tags = read(detected, f"{folder}/post_processing.csv").set_index("label")["tag_f1"]
        assert tags[row.label] == row.f1


def test_no_half_of_the_test_clips_decides_about_itself(detected):
    """Every other clip by name; each half gets what is best on the other one."""
    chosen = read(detected, f"{FOLDER}/ensemble/t4-cpjku-kd-halves/chosen.csv")
    merged = read(detected, f"{FOLDER}/ensemble/t4-cpjku-kd-halves/events.csv")
    reference = read(detected, f"{FOLDER}/events.csv")
    halves = [[f"test_{number:04d}.flac" for number in range(half, 10, 2)] for half in (0, 1)]
    found = {}
    for system in TASK4[1:]:
        for number in ROUNDS[system]:
            events = read(detected, f"{FOLDER}/systems/{system}/stage{number:02d}/events.csv")
            for half in (0, 1):
                _, counts = event_based(reference, events, halves[1 - half], CLASSES)
                scores = zip(CLASSES, np.nan_to_num(class_f1(counts.sum(axis=0))), strict=True)
                found |= {(half, label, system, number): (score, events) for label, score in scores}
    assert len(chosen) == 2 * len(CLASSES)
    for row in chosen.itertuples():
        f1, events = found[row.half, row.label, row.system, row.round]
        assert f1 == pytest.approx(row.f1, abs=1e-6)
        assert f1 == max(score for key, (score, _) in found.items() if key[:2] == (row.half, row.label))
        own, of_half = (
            table[table["fname"].isin(halves[row.half]) & (table["event_label"] == row.label)]
            for table in (events, merged)
        )
        assert of_half.to_numpy().tolist() == own.sort_values(["fname", "onset"]).to_numpy().tolist()


def test_only_clips_that_are_needed_are_predicted(detected):
    """A round that teaches nobody says something of the test clips and of those that judge it."""
    labelled = {f"weak_{number:04d}.flac" for number in range(30)}
    every = (
        labelled | {f"unlabel_in_domain_{n:04d}.flac" for n in range(10)} | {f"test_{n:04d}.flac" for n in range(10)}
    )
    held_out = set(read(detected, f"{FOLDER}/folds/5.csv").query("fold == 0 and fname in @labelled")["fname"])
    test = {fname for fname in every if fname.startswith("test")}
    expected = {
        ("t4-baseline", 0): every,
        ("t4-baseline", 1): labelled | test,  # pass 2 learned from no labelled clip
        ("t4-cpjku-deep", 1): every,
        ("t4-cpjku-deep", 2): held_out | test,
        ("t4-cpjku-shallow", 1): every,
    }
    for (system, number), fnames in expected.items():
        assert set(read(detected, f"{FOLDER}/systems/{system}/stage{number:02d}/probabilities.csv")["fname"]) == fnames


def test_the_clips_that_judge_share_no_recording_with_those_that_are_learned_from(detected):
    folds = read(detected, f"{FOLDER}/folds/5.csv").set_index("fname")["fold"]
    weak = read(detected, f"{FOLDER}/raw/soundscapes/metadata/train/weak.csv", sep="\t").set_index("filename")
    groups = weak.groupby("recordings").groups
    assert sorted({len(set(folds[fnames])) for fnames in groups.values()}) == [1]
    assert len({folds[fnames].iloc[0] for fnames in groups.values()}) == 5


def test_targets_of_frames_have_nothing_where_a_label_says_so(detected):
    folder = detected.folder / f"{FOLDER}/systems/t4-cpjku-shallow/stage02"
    index = pd.read_csv(folder / "targets.csv").set_index("fname")
    targets = np.load(folder / "targets.npy")
    weak = read(detected, f"{FOLDER}/raw/soundscapes/metadata/train/weak.csv", sep="\t").set_index("filename")
    assert len(index) == 40
    for fname, row in index.iterrows():
        frames = targets[int(row["first"]) : int(row["first"] + row["frames"])]
        assert frames.shape == (240, 6)
        assert ((frames >= 0) & (frames <= 1)).all()
        if fname in weak.index:
            tags = weak.loc[fname, "event_labels"].split(",")
            assert not frames[:, [label not in tags for label in CLASSES]].any()
            assert frames[:, [label in tags for label in CLASSES]].any()


def test_tags_of_the_second_pass_are_yes_or_no(detected):
    tags = pd.read_parquet(detected.folder / f"{FOLDER}/systems/t4-baseline/stage01/tags.parquet").set_index("fname")
    assert sorted(tags.index) == [f"unlabel_in_domain_{number:04d}.flac" for number in range(10)]
    assert set(np.unique(tags.to_numpy())) <= {0.0, 1.0}
    soft = pd.read_parquet(detected.folder / f"{FOLDER}/systems/t4-cpjku-deep/stage01/tags.parquet").set_index("fname")
    assert ((soft > 0) & (soft < 1)).all().all()


def test_the_pictures_fit_into_the_report(detected):
    for name in ("event_timelines", "event_class_f1", "passes", "learning_curves", "costs"):
        with Image.open(detected.folder / FOLDER / f"figures/{name}.png") as picture:
            assert picture.width <= 1150


def test_the_report_of_task_4_has_its_pictures(detected, tmp_path):
    project = detected.copy(tmp_path / "project")
    status, printed = project.run("--report", "report.html", "--", "results/task4_events.csv")
    assert status == 0, printed
    text = (project.folder / "report.html").read_text()
    assert all(f"{name}.png" in text for name in ("event_timelines", "event_class_f1", "passes", "learning_curves"))


def test_the_same_again_has_nothing_to_do(detected):
    assert detected.planned("results/task4_events.csv", "results/task2_ensemble.csv") == {}


def test_a_lost_round_is_made_again_with_the_same_bytes(detected, tmp_path):
    project = detected.copy(tmp_path / "project")
    folder = f"{FOLDER}/systems/t4-baseline/stage01"
    names = ["tags.parquet", "fold0/model.safetensors", "probabilities.npy", "events.csv"]
    for name in names:
        (project.folder / folder / name).unlink()
    status, printed = warm.run(project, f"{folder}/events.csv")
    assert status == 0, printed
    jobs = re.findall(r"(?m)^(?:local)?rule (\w+):$", printed)
    assert jobs == ["make_tags", "train", "predict_frames", "detect_events"]
    assert project.tables() == detected.tables()
    for name in names:
        assert (project.folder / folder / name).read_bytes() == (detected.folder / folder / name).read_bytes()


@pytest.mark.nightly
def test_another_folder_and_one_core_give_the_same_bytes(detected, built, tmp_path):
    again = built.copy(tmp_path / "again")
    status, printed = warm.run(again, "--cores", "1", "results/task4_events.csv")
    assert status == 0, printed
    assert again.tables() == detected.tables()


# ---------------------------------------------------------------- what an edit makes anew

COSTS = {"report_costs": 1, "write_events": 1}
SCORES = {"score_events": 1, "report_events": 1} | COSTS
LATER = SCORES | {"plot_learning": 1}
PASS_2 = {"make_tags": 1, "train": 1, "predict_frames": 1, "detect_events": 1}
KD = {"make_frame_targets": 2, "train": 2, "predict_frames": 2, "detect_events": 2, "merge_events": 2}
EDITS = {
    "PSDS": (replaced("workflow_scripts/scoring/psds.py", "= 100  # per hour", "= 50  # per hour"), SCORES),
    "the network of the baseline": (
        replaced("workflow_scripts/parts/networks/frame_crnn.py", "dropout=0.3", "dropout=0.2"),
        LATER | PASS_2 | {"train": 2, "predict_frames": 2, "detect_events": 2},
    ),
    "the network of one student, which teaches the other": (
        replaced("workflow_scripts/parts/networks/shallow_rcnn.py", "units=128", "units=64"),
        LATER | KD | {"train": 3, "predict_frames": 3, "detect_events": 3},
    ),
    "how pass 2 decides": (
        replaced("workflow_scripts/labels/make_tags.py", "range(11)", "range(10)"),
        LATER | PASS_2 | KD | {"make_tags": 3, "train": 5, "predict_frames": 5, "detect_events": 5},
    ),
    "the smoothing": (
        replaced("workflow_scripts/labels/smoothing.py", '(median_steps, 1), mode="nearest"', "(median_steps, 1)"),
        LATER | KD,
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_makes_anew_what_it_concerns_and_nothing_of_task_2(detected, tmp_path, edit):
    project = detected.copy(tmp_path / "project")
    change, expected = EDITS[edit]
    change(project)
    planned = project.planned("results/task4_events.csv", "results/task2_ensemble.csv")
    assert {rule: count for rule, count in planned.items() if expected.get(rule) != count} == {}
    assert planned == expected


def test_on_a_gpu_the_main_job_of_task_4_estimates_its_hours_too(detected, tmp_path):
    project = detected.copy(tmp_path / "project")
    configured("device", value="cuda")(project)
    planned = project.planned("results/task4_events.csv")
    assert planned == {"measure_speed": 3, "estimate_hours": 1, "write_events": 1}


def test_other_thresholds_detect_anew_and_train_nothing(detected, tmp_path):
    project = detected.copy(tmp_path / "project")
    config = project.config()
    config["sizes"]["tiny"]["t4-baseline"]["detection"] = {"thresholds": [0.4], "median_seconds": [1.0]}
    project.write_config(config)
    assert project.planned("results/task4_events.csv") == SCORES | {"detect_events": 2}
