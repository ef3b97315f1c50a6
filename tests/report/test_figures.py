"""The report's figures: what they say, on small cases by hand, and that they stay readable on large ones."""

import io
import re
import struct
from types import SimpleNamespace

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.text import Text

from tests.project import ROOT
from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.report import classes as class_report
from workflow_scripts.report import plot_learning
from workflow_scripts.report import trimming as trimming_report
from workflow_scripts.report.accepted import plot_accepted
from workflow_scripts.report.costs import plot_costs
from workflow_scripts.report.ensemble import plot_effects, plot_reliability, plot_weights
from workflow_scripts.report.figures.accepted import accepted_labels
from workflow_scripts.report.figures.audit_precision import audit_precision
from workflow_scripts.report.figures.class_f1 import class_f1
from workflow_scripts.report.figures.confusion import confusion_matrix, confusion_order, most_confused, most_frequent
from workflow_scripts.report.figures.costs import rule_costs
from workflow_scripts.report.figures.durations import durations, in_time
from workflow_scripts.report.figures.event_class_f1 import event_class_f1
from workflow_scripts.report.figures.learning import learning_curves
from workflow_scripts.report.figures.passes import passes
from workflow_scripts.report.figures.relabelled import relabelled_labels
from workflow_scripts.report.figures.reliability import reliability_diagrams
from workflow_scripts.report.figures.shown_classes import short_names
from workflow_scripts.report.figures.spectrogram import power_spectrogram
from workflow_scripts.report.figures.splits import shown_split
from workflow_scripts.report.figures.stack_weights import stack_weights
from workflow_scripts.report.figures.stage_effects import stage_effects
from workflow_scripts.report.figures.style import BLUE, GREEN, VERMILLION, save
from workflow_scripts.report.figures.timelines import Timeline, timelines
from workflow_scripts.report.figures.trimmed import Example, trimmed_clips
from workflow_scripts.report.relabelled import plot_relabelled
from workflow_scripts.scoring import score_systems
from workflow_scripts.study.fingerprint import _closure
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.accepted import Accepted
from workflow_scripts.tables.audio_facts import AudioFacts, write_audio_facts
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.costs import Costs
from workflow_scripts.tables.history import History
from workflow_scripts.tables.listing import write_listing
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.tables.segments import write_segments
from workflow_scripts.tables.stack_weights import StackWeights

FSDKAGGLE = yaml.safe_load((ROOT / "datasets/fsdkaggle2018.yaml").read_text())["classes"]
RULES = (ROOT / "rules/report.smk").read_text()
DORFER = ["dorfer-a", "dorfer-b", "dorfer-c"]
IQBAL = [f"iqbal-{network}-{store}" for network in ("vgg13", "gcnn", "crnn", "gcrnn") for store in "ab"]


# ---------------------------------------------------------------- every kind of figure, large and small


def a_class_f1(classes, systems):
    table = pd.DataFrame({"f1": 0.9, "best_f1": 0.8, "clips": 110.0}, pd.Index(classes))
    return class_f1(table, "fsdkaggle2018", "all", "stack", systems[-1])


def a_confusion_matrix(classes, systems):
    counts = 100 * np.eye(len(classes), dtype=int) + np.eye(len(classes), k=1, dtype=int) * 12
    return confusion_matrix(counts, classes, "fsdkaggle2018", "all", "stack")


def some_learning_curves(classes, systems):
    epochs = {0: 500, **dict.fromkeys(range(1, 11), 30)}
    histories = [
        pd.DataFrame({"system": system, "round": number, "fold": fold, "epoch": range(1, epochs[number] + 1)})
        for system in systems
        for number in (epochs if system in DORFER else (0, 1))
        for fold in (0, 1)
    ]
    histories = pd.concat(histories).assign(learning_rate=0.1, training_loss=0.5, verified_loss=0.8)
    rounds = histories[["system", "round"]].drop_duplicates().assign(score="verified MAP@3 0.950")
    rounds = rounds.assign(chosen=(rounds["round"] == 1).astype(int))
    judges = "3,710 verified clips, each by a model that held it out"
    return learning_curves(histories, rounds, "fsdkaggle2018", judges)


def some_accepted_labels(classes, systems, right=np.nan):
    rounds = {system: list(range(1, 11)) for system in systems if system in DORFER}
    every = [(system, number, label, 1, right) for system in rounds for number in rounds[system] for label in classes]
    verdicts = pd.DataFrame(every * 20, columns=["system", "round", "label", "accepted", "right"])
    return accepted_labels(verdicts, rounds, classes, "fsdkaggle2018")


def some_accepted_labels_of_known_truth(classes, systems):
    return some_accepted_labels(classes, systems[:2], right=1.0)


def some_relabelled_labels(classes, systems):
    table = pd.DataFrame({"given_label": classes, "label": classes, "relabelled": 0, "promoted": 1})
    return relabelled_labels({("iqbal-stack8", 1): table}, classes, "fsdkaggle2018")


def some_stage_effects(classes, systems):
    stages = [("given labels", system) for system in systems] + [("self-verification", s) for s in systems]
    stages += [("arithmetic mean", "arithmetic-mean"), ("geometric mean", "geometric-mean"), ("stack", "stack")]
    table = pd.DataFrame(stages, columns=["stage", "system"]).assign(map3=0.93, low=0.92, high=0.94, clips=1600)
    return stage_effects(table, "fsdkaggle2018", "all", 1600)


def some_stack_weights(classes, systems):
    shares = pd.DataFrame(1 / len(systems), classes, systems)
    return stack_weights(shares, "fsdkaggle2018", "stack")


def some_reliability_diagrams(classes, systems):
    bins = pd.DataFrame({"low": np.arange(10) / 10, "high": np.arange(1, 11) / 10, "clips": 160.0})
    bins = bins.assign(confidence=bins["low"] + 0.05, accuracy=0.5)
    table = pd.concat([bins.assign(system=system) for system in ["random-forest", *systems, "arithmetic-mean"]])
    return reliability_diagrams(table, "fsdkaggle2018", "all")


def some_durations(classes, systems):
    seconds = np.geomspace(0.3, 30, 11073)
    stores = ["perceptual-mel (trim_ends)", "log-mel-a (split_on_silence)"]
    return durations(dict.fromkeys(stores, (seconds, seconds / 2)), "fsdkaggle2018")


def some_trimmed_clips(classes, systems):
    noise = np.random.default_rng(1).normal(0, 0.1, 44100).astype(np.float32)
    example = Example("split_on_silence (log-mel-a)", "a.wav", classes[0], noise, 44100, [(0, 8000), (30000, 44100)])
    return trimmed_clips([example, example], "fsdkaggle2018")


def some_rule_costs(classes, systems):
    rules = ["train", "predict_stage", "predict_baselines", "extract_features", *systems]
    table = pd.DataFrame({"rule": rules, "jobs": 44.0, "attempts": 45.0, "wall_seconds": 360_000.0, "device": "CPU"})
    table = table.assign(gpu_hours=12.5, peak_memory_mb=12_345.0, clips_per_second=12_345.0)
    table.loc[1, ["wall_seconds", "gpu_hours", "peak_memory_mb", "clips_per_second"]] = [0.01, np.nan, np.nan, 0.02]
    return rule_costs(table, "fsdkaggle2018")


def an_audit_precision(classes, systems):
    k = np.arange(1, 7364)
    shares = {"combined": 0.92, "log_odds": 0.91, "suspicion": 0.9, "cleanlab": 0.85} | dict.fromkeys(systems, 0.8)
    methods = {method: share - k / 20000 for method, share in shares.items()} | {"random": 0.4}
    curves = [pd.DataFrame({"method": name, "k": k, "precision": values}) for name, values in methods.items()]
    return audit_precision(pd.concat(curves), 2945, "fsdkaggle2018")


def some_timelines(classes, systems):
    noise = np.random.default_rng(1).normal(0, 0.1, 16000).astype(np.float32)
    labels = sorted(classes, key=len)[-6:]  # the longest names
    events = pd.DataFrame({"onset": 0.1, "offset": 0.5, "event_label": labels})
    frames = pd.DataFrame(0.3, np.arange(20) * 0.05, classes)
    clip = Timeline("Y-BJNMHMZDcU_50.000_60.000.wav", noise, 16000, events, events.assign(right=True), frames)
    return timelines([clip] * 8, "dcase2018-task4", systems[-1])


def an_event_class_f1(classes, systems):
    parts = [pd.DataFrame({"label": classes, "system": system}) for system in ["oracle", *systems[:4]]]
    table = pd.concat(parts).assign(f1=0.3, reference=3328.0, published=0.2)
    return event_class_f1(table, "dcase2018-task4", "eval", "880", systems[0], "oracle")


def some_passes(classes, systems):
    names = [(f"{system} round {number}", system) for system in systems for number in range(3)]
    table = pd.DataFrame(names, columns=["name", "system"])
    return passes(table.assign(value=0.3, low=0.2, high=0.4, published=0.35), "dcase2018-task4", "eval", "880", 0.24)


FIGURES = [
    some_timelines,
    an_event_class_f1,
    some_passes,
    a_class_f1,
    a_confusion_matrix,
    some_learning_curves,
    some_accepted_labels,
    some_accepted_labels_of_known_truth,
    some_relabelled_labels,
    some_stage_effects,
    some_stack_weights,
    some_reliability_diagrams,
    some_durations,
    some_trimmed_clips,
    some_rule_costs,
    an_audit_precision,
]
every_figure = pytest.mark.parametrize("make", FIGURES, ids=[make.__name__ for make in FIGURES])


def drawn_texts(figure, monkeypatch):
    """Draw; return the texts with their boxes [texts, (left, bottom, right, top)] in pixels."""
    texts, draw = {}, Text.draw

    def record(text, renderer):
        if text.get_visible() and text.get_text().strip():
            texts[text] = text.get_window_extent(renderer).extents
        draw(text, renderer)

    monkeypatch.setattr(Text, "draw", record)
    figure.savefig(io.BytesIO(), format="png")
    return [text.get_text() for text in texts], np.array(list(texts.values()))


@every_figure
def test_no_text_overlaps_another_or_leaves_the_picture_with_41_classes_and_11_systems(make, monkeypatch):
    assert_readable(make(FSDKAGGLE, [*DORFER, *IQBAL]), monkeypatch)


MANY = [f"Sounds of a domestic appliance: number {number} of them" for number in range(100)]
OF_CLASSES = [
    a_class_f1,
    a_confusion_matrix,
    some_accepted_labels_of_known_truth,
    some_relabelled_labels,
    some_stack_weights,
    an_event_class_f1,
]


@pytest.mark.parametrize("make", OF_CLASSES, ids=[make.__name__ for make in OF_CLASSES])
def test_of_100_classes_with_long_names_50_are_drawn_as_readable_and_the_table_of_all_is_named(make, monkeypatch):
    figure = make(MANY, DORFER[:2])
    assert_readable(figure, monkeypatch)
    names = max((row_names(axes) for axes in figure.axes), key=len)
    assert 50 <= len(names) <= 51, "and a row that stands for all"
    assert all(len(name) <= 50 for name in names)
    assert len(set(names)) == len(names)
    title = figure.get_suptitle()
    assert re.search(r"\nDrawn: .*100.*all: \w+\.csv$", title), title


def test_where_one_of_many_classes_is_scored_its_row_is_readable(monkeypatch):
    table = pd.DataFrame({"f1": np.nan, "best_f1": np.nan, "clips": 0.0}, MANY)
    table.loc[MANY[7]] = [0.5, 0.4, 3.0]
    figure = class_f1(table, "Pets", "all", "stack", "dorfer-a")
    assert_readable(figure, monkeypatch)
    assert len(row_names(figure.axes[0])) == 1
    events = pd.concat([pd.DataFrame({"label": MANY, "system": system}) for system in ("oracle", "stack")])
    events = events.assign(f1=np.nan, published=np.nan, reference=np.where(events["label"] == MANY[7], 3.0, 0.0))
    figure = event_class_f1(events, "Pets", "test", "8", "stack", "oracle")
    assert_readable(figure, monkeypatch)
    assert len(row_names(figure.axes[0])) == 1


def test_where_no_clip_has_any_event_figures_are_empty_and_drawn(monkeypatch):
    events = pd.concat([pd.DataFrame({"label": MANY, "system": system}) for system in ("oracle", "stack")])
    events = events.assign(f1=np.nan, published=np.nan, reference=0.0)
    figure = event_class_f1(events, "Pets", "test", "8", "stack", "oracle")
    assert row_names(figure.axes[0]) == []
    for empty in (figure, timelines([], "Pets", "stack")):
        texts, _ = drawn_texts(empty, monkeypatch)
        assert any(text.startswith("Pets: event") for text in texts)


def test_of_many_classes_in_a_clip_those_with_the_most_events_have_lanes():
    noise, names = np.zeros(16000, np.float32), [f"class {number}" for number in range(30)]
    events = pd.DataFrame({"onset": 0.1, "offset": 0.5, "event_label": [*names, *names[20:]]})
    frames = pd.DataFrame(0.3, np.arange(20) * 0.05, names)
    clip = Timeline("a.wav", noise, 16000, events[:0], events.assign(right=False), frames)
    sound, lanes = timelines([clip], "Pets", "stack").subfigs[0].axes
    assert row_names(lanes) == names[20:]
    assert sound.get_title(loc="left").endswith("40 detected, 0 in the reference; 10 of 30 classes")


def assert_readable(figure, monkeypatch):
    """No text overlaps another or leaves the picture."""
    texts, boxes = drawn_texts(figure, monkeypatch)
    assert len(texts) > 5
    width, height = figure.bbox.size
    outside = (boxes[:, :2] < -1).any(axis=1) | (boxes[:, 2] > width + 1) | (boxes[:, 3] > height + 1)
    assert not outside.any(), np.array(texts)[outside]
    left, bottom, right, top = boxes.T[:, :, None]
    share = np.minimum(right, right.T) - np.maximum(left, left.T), np.minimum(top, top.T) - np.maximum(bottom, bottom.T)
    overlapping = np.argwhere(np.triu((share[0] > 1) & (share[1] > 3), 1))  # 3: the empty space above small letters
    assert not len(overlapping), [(texts[i], texts[j]) for i, j in overlapping[:5]]


@every_figure
def test_a_single_class_and_system_give_a_figure_no_wider_than_1150_pixels_and_the_same_bytes(make, tmp_path):
    for name in ("first.png", "second.png"):
        save(make(["Bark"], ["dorfer-a"]), tmp_path / name)
    content = (tmp_path / "first.png").read_bytes()
    width, _ = struct.unpack(">II", content[16:24])  # the IHDR chunk
    assert 800 <= width <= 1150
    assert b"Software" not in content
    assert (tmp_path / "second.png").read_bytes() == content


# ---------------------------------------------------------------- what each of them says


def texts_of(artist):
    return [text.get_text() for text in artist.findobj(Text) if text.get_text()]


def row_names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_classes_are_sorted_by_f1_and_one_without_stands_last():
    table = pd.DataFrame({"f1": [0.5, np.nan, 0.9], "clips": [4, 0, 1200]}, ["Hi hat", "None", "Bark"])
    figure = class_f1(table, "Pets", "oof_verified", "stack", None)
    assert row_names(figure.axes[0]) == ["Bark", "Hi hat", "None"]
    texts = texts_of(figure)
    assert "Pets: F1 of each class by stack on 1,204 verified training clips, out of fold" in texts
    assert [text for text in texts if text in ("0.90", "0.50", "-")] == ["0.90", "0.50", "-"]
    assert [text for text in texts if text in ("1,200", "4")] == ["1,200", "4"]
    assert not any("best single" in text for text in texts)


def test_classes_that_are_taken_for_each_other_stand_side_by_side():
    counts = np.diag([9, 9, 9, 9, 9])
    counts[0, 3], counts[3, 0] = 5, 4
    counts[1, 4] = 6
    order = list(confusion_order(counts))
    assert abs(order.index(0) - order.index(3)) == 1
    assert abs(order.index(1) - order.index(4)) == 1


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.integers(0, 3), min_size=n * n, max_size=n * n)))
def test_every_class_has_one_place_in_the_confusion_matrix(cells):
    counts = np.reshape(cells, (int(len(cells) ** 0.5), -1))
    assert sorted(confusion_order(counts)) == list(range(len(counts)))


def test_the_most_frequent_confusions_come_first_and_right_answers_are_none():
    counts = np.array([[90, 2, 0], [5, 90, 2], [0, 0, 90]])
    lines = ["Bark → Hi hat: 5", "Bark → None: 2", "Hi hat → Bark: 2"]
    assert most_frequent(counts, ["Hi hat", "Bark", "None"]) == lines
    assert most_frequent(counts, ["Hi hat", "Bark", "None"], most=1) == lines[:1]


def test_of_1000_classes_those_of_the_most_frequent_confusions_are_drawn_and_the_others_are_one_column():
    counts = np.diag(np.full(1000, 10))
    counts[900, 3], counts[3, 901], counts[500, 501] = 9, 8, 7  # clips of 900 and 3 are taken for 3 and 901
    counts[3, 600] = 1
    drawn = most_confused(counts, 50)
    assert {3, 500, 501, 600, 900, 901} <= set(drawn)
    assert sorted(set(drawn) - {3, 500, 501, 600, 900, 901}) == [n for n in range(45) if n != 3], (
        "those with most clips"
    )
    counts[3, 700:900] = 1  # more than there is room for
    figure = confusion_matrix(counts, [f"class {number}" for number in range(1000)], "Pets", "all", "stack")
    figure.savefig(io.BytesIO(), format="png")
    axes = figure.axes[0]
    row, texts = row_names(axes).index("class 3 (219)"), np.reshape([t.get_text() for t in axes.texts], (50, 51))
    assert axes.get_xticklabels()[-1].get_text() == "any of 950 others"
    shown = sum(int(text) for text in texts[row] if text)
    assert shown == 219, "a row is complete"
    assert int(texts[row, -1]) == 201 - sum(f"class {n} (10)" in row_names(axes) for n in [600, *range(700, 900)])
    assert "class 900 → class 3: 9" in texts_of(figure.axes[1])


def test_few_classes_are_all_drawn_in_their_order():
    counts = np.zeros((50, 50), int)
    assert most_confused(counts, 50).tolist() == list(range(50))


def test_names_are_shortened_in_the_middle_and_stay_different():
    long = "Domestic sounds, home sounds and others: "
    names = ["Bark", "x" * 40, f"{long}a kettle", f"{long}a cat", f"Same begin{'.' * 30}1{'.' * 20}end", "y" * 41]
    names += [names[4].replace("1", "2")]
    short = list(short_names(names).values())
    assert short[:2] == names[:2]
    assert short[2:4] == ["Domestic sounds, home sou…hers: a kettle", "Domestic sounds, home sou… others: a cat"]
    assert short[4].endswith("… (class 5)") and short[6].endswith("… (class 7)")
    assert max(map(len, short)) <= 40


def test_tables_of_labels_have_all_classes(tmp_path):
    """Also those without clips, which pictures of many classes leave out."""
    (tmp_path / "accepted.csv").write_text(
        ",".join(Accepted.columns) + "\na.wav,Bark,Bark,0.9,1,1\nb.wav,Bark,Meow,0.1,0,0\nc.wav,Meow,Meow,0.8,1,1\n"
    )
    (tmp_path / "true.csv").write_text("fname,true_label\na.wav,Bark\nb.wav,Meow\nc.wav,Bark\n")
    inputs = {"accepted": [tmp_path / "accepted.csv"], "keys": [["a", 1]], "plot": tmp_path / "accepted_labels.png"}
    inputs |= {"dataset": "Pets", "classes": ["Bark", "Cow", "Meow"]}
    header, rows = "system,round,label,unverified,accepted,right", ["a,1,Bark,2,1,", "a,1,Cow,0,0,", "a,1,Meow,1,1,"]
    plot_accepted(**inputs, true_labels=None)
    assert (tmp_path / "accepted_labels.csv").read_text().splitlines() == [header, *rows]
    plot_accepted(**inputs, true_labels=str(tmp_path / "true.csv"))
    known = [row + right for row, right in zip(rows, "100", strict=True)]
    assert (tmp_path / "accepted_labels.csv").read_text().splitlines() == [header, *known]

    (tmp_path / "corrected.csv").write_text(
        "fname,given_label,predicted,probability,label,relabelled,promoted\n"
        "a.wav,Bark,Bark,0.9,Bark,0,1\nb.wav,Bark,Meow,0.9,Meow,1,0\nc.wav,Meow,Meow,0.4,Meow,0,0\n"
    )
    plot_relabelled([tmp_path / "corrected.csv"], [["s", 1]], tmp_path / "r.png", "Pets", ["Bark", "Cow", "Meow"])
    assert (tmp_path / "r.csv").read_text().splitlines() == [
        "ensemble,round,label,promoted,kept,replaced,added",
        *["s,1,Bark,1,0,1,0", "s,1,Cow,0,0,0,0", "s,1,Meow,0,1,0,1"],
    ]


def test_classes_without_clips_are_in_no_mean_of_f1():
    table = pd.DataFrame({"f1": [0.5, 0.0, 0.9], "clips": [4, 0, 12]}, ["Hi hat", "None", "Bark"])
    texts = texts_of(class_f1(table, "Pets", "all", "stack", None))
    assert "mean of the classes with clips: 0.700" in texts


def test_cells_of_the_confusion_matrix_count_clips_and_empty_ones_are_blank():
    figure = confusion_matrix(np.array([[3, 1], [0, 0]]), ["Bark", "Meow"], "Pets", "all", "stack")
    assert row_names(figure.axes[0]) == ["Bark (4)", "Meow (0)"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["3", "1", "", ""]
    assert np.ma.filled(figure.axes[0].images[0].get_array(), -1).tolist() == [[0.75, 0.25], [-1, -1]]


def test_rounds_follow_each_other_and_folds_have_a_mean():
    history = [(0, 0, 1, 4.0), (0, 0, 2, 2.0), (0, 1, 1, 2.0), (0, 1, 2, 1.0), (1, 0, 1, 0.5), (1, 1, 1, 0.25)]
    histories = pd.DataFrame(history, columns=["round", "fold", "epoch", "training_loss"])
    histories = histories.assign(system="a", learning_rate=0.1, verified_loss=1.0)
    rounds = pd.DataFrame({"system": "a", "round": [0, 1], "score": ["bad", "good"], "chosen": [0, 1]})
    axes = learning_curves(histories, rounds, "Pets", "7 clips").axes[0]
    assert axes.get_title(loc="left") == "a: round 1 is chosen, good"
    means = [line for line in axes.lines if line.get_linewidth() == 1.8][:2]
    assert [line.get_xdata().tolist() for line in means] == [[1, 2], [3]]
    assert [line.get_ydata().tolist() for line in means] == [[3.0, 1.5], [0.375]]
    assert axes.get_xlabel() == "epoch, all rounds counted"


def test_classifiers_to_choose_from_are_no_epochs():
    history = pd.DataFrame({"system": "a", "round": 0, "fold": 0, "epoch": [1, 2], "learning_rate": np.nan})
    rounds = pd.DataFrame({"system": ["a"], "round": [0], "score": ["good"], "chosen": [1]})
    figure = learning_curves(history.assign(training_loss=1.0, verified_loss=2.0), rounds, "Pets", "7 clips")
    assert figure.axes[0].get_xlabel() == "classifier to choose from"


def test_events_are_green_where_they_are_right_and_stand_below_the_reference():
    reference = pd.DataFrame({"onset": [0.2], "offset": [0.8], "event_label": ["Bark"]})
    estimated = pd.DataFrame(
        {"onset": [0.25, 0.1], "offset": [0.7, 0.9], "event_label": ["Bark", "Meow"], "right": [True, False]}
    )
    frames = pd.DataFrame({"Bark": [0.5] * 10, "Hiss": [0.1] * 10, "Meow": [0.9] * 10}, np.arange(10) / 10)
    clip = Timeline("a.wav", np.ones(8000, np.float32), 8000, reference, estimated, frames)
    figure = timelines([clip], "Pets", "kd")
    sound, lanes = figure.axes
    assert sound.get_title(loc="left") == "a.wav\n1 right of 2 detected, 1 in the reference"
    assert row_names(lanes) == ["Bark", "Meow"], "Hiss is neither there nor detected"
    bars = [bar for bar in lanes.collections if len(bar.get_paths()[0].vertices) == 5]
    found = [(bar.get_facecolor()[0], bar.get_paths()[0].get_extents()) for bar in bars]
    assert [(to_hex(colour).upper(), round(box.x0, 2), round(box.x1, 2)) for colour, box in found] == [
        (BLUE, 0.2, 0.8),
        (GREEN, 0.25, 0.7),
        (VERMILLION, 0.1, 0.9),
    ]
    assert found[0][1].y1 <= found[1][1].y0, "the axis points down"


def test_passes_say_what_each_adds_to_the_one_before_of_the_same_system():
    table = pd.DataFrame({"name": ["a 0", "a 1", "b 1"], "system": ["a", "a", "b"], "value": [0.1, 0.25, 0.2]})
    table = table.assign(low=0.05, high=0.3, published=np.nan)
    figure = passes(table, "Pets", "test", "7", 0.24)
    assert row_names(figure.axes[0]) == ["a 0", "a 1", "b 1"]
    assert [text for text in texts_of(figure.axes[0]) if text.startswith(("+", "-"))] == ["+0.150"]
    assert "perfect tags, each through the whole clip: 0.240" in texts_of(figure)
    assert "published" not in texts_of(figure)


def test_event_f1_of_classes_stands_beside_perfect_tags_and_published_values():
    rows = [("kd", "Bark", 0.2, 3, 0.5), ("kd", "Meow", 0.6, 4, np.nan), ("tags", "Bark", 0.1, 3, np.nan)]
    table = pd.DataFrame(rows, columns=["system", "label", "f1", "reference", "published"])
    figure = event_class_f1(table, "Pets", "test", "9", "kd", "tags")
    axes = figure.axes[0]
    assert row_names(axes) == ["Meow", "Bark"]
    drawn = {line.get_label(): line.get_xdata().tolist() for line in axes.lines}
    assert drawn["kd"] == [0.6, 0.2]
    np.testing.assert_equal(drawn["perfect tags, whole clip"], [np.nan, 0.1])
    assert "open: published" in texts_of(figure)


VERDICTS = pd.DataFrame(
    [("a", 1, "Bark", 1, 1), ("a", 1, "Bark", 1, 0), ("a", 1, "Meow", 0, 1), ("a", 1, "Meow", 0, 0)],
    columns=["system", "round", "label", "accepted", "right"],
)


def test_cells_say_how_many_of_the_accepted_labels_are_right_where_that_is_known():
    classes = ["Bark", "Meow", "None"]
    for right, cells in [(VERDICTS["right"], ["1/2", "0/0", "", "50"]), (np.nan, ["2", "0", "", "50"])]:
        axes = accepted_labels(VERDICTS.assign(right=right), {"a": [1]}, classes, "Pets").axes[0]
        assert row_names(axes) == ["Bark (2)", "Meow (2)", "None (0)", "all, in % (4)"]
        assert [text.get_text() for text in axes.texts] == cells


@pytest.mark.filterwarnings("error")
def test_no_unverified_clip_at_all_is_a_figure_without_numbers():
    axes = accepted_labels(VERDICTS[:0], {"a": [1]}, ["Bark"], "Pets").axes[0]
    assert row_names(axes) == ["Bark (0)", "all, in % (0)"]
    assert [text.get_text() for text in axes.texts] == ["", ""]


def test_relabelling_is_counted_by_the_given_label():
    rows = [("Bark", "Bark", 0, 1), ("Bark", "Meow", 1, 0), ("Bark", "Bark", 0, 0), ("Meow", "Meow", 0, 0)]
    table = pd.DataFrame(rows, columns=["given_label", "label", "relabelled", "promoted"])
    axes = relabelled_labels({("both", 1): table}, ["Bark", "Meow", "Hiss"], "Pets").axes[0]
    columns = [text.get_text() for text in axes.texts]
    by_hand = {"promoted": ["1", "0", "0"], "replaced": ["1", "0", "0"], "added": ["0", "1", "0"]}
    assert columns == [text for heading, column in by_hand.items() for text in (heading, *column)]
    [afterwards] = [line.get_xdata().tolist() for line in axes.lines]
    assert afterwards == [2, 2, 0]


def test_a_change_is_against_the_same_system_in_an_earlier_stage():
    rows = [
        ("given labels", "a", 0.9),
        ("given labels", "b", 0.5),
        ("self-verification", "a", 0.925),
        ("stack", "s", 1),
    ]
    table = pd.DataFrame(rows, columns=["stage", "system", "map3"])
    table = table.assign(low=table["map3"], high=table["map3"], clips=[7, 7, 7, 4])
    axes = stage_effects(table, "Pets", "all", 7).axes[0]
    assert row_names(axes) == ["", "a", "b", "", "a", "", "s"]
    texts = [text.get_text() for text in axes.texts]
    assert [text for text in texts if text[:1] in "+-" and text] == ["+0.025"]
    assert "1.000 (4)" in texts, "which stands on fewer clips"
    assert [text for text in texts if text in ("given labels", "self-verification", "relabelling", "stack")] == [
        "given labels",
        "self-verification",
        "stack",
    ]


def test_weights_begin_with_the_mean_and_a_class_without_any_is_blank():
    shares = pd.DataFrame({"a": [0.2, np.nan], "b": [0.8, np.nan]}, ["Bark", "Meow"])
    axes = stack_weights(shares, "Pets", "stack").axes[0]
    assert row_names(axes) == ["mean of the classes", "Bark", "Meow"]
    assert [text.get_text() for text in axes.texts] == ["20", "80", "20", "80", "", ""]


def test_the_title_of_a_reliability_diagram_is_the_calibration_error_by_hand():
    bins = [(0.0, 0.5, 1.0, 0.4, 1.0), (0.5, 1.0, 3.0, 0.9, 0.7)]
    table = pd.DataFrame(bins, columns=["low", "high", "clips", "confidence", "accuracy"]).assign(system="a")
    axes = reliability_diagrams(table, "Pets", "all").axes[0]
    assert axes.get_title(loc="left") == "a\nECE 0.300"  # (1 * 0.6 + 3 * 0.2) / 4


def test_medians_and_sums_leave_out_clips_without_sound():
    before, after = np.array([0.0, 1.0, 2.0, 600.0]), np.array([0.0, 0.5, 1.0, 300.0])
    figure = durations({"mel": (before, after)}, "Pets")
    texts = texts_of(figure.axes[0])
    assert "mel: 3 clips with sound" in texts
    assert "before trimming: median 2.00 s, 10 min in all" in texts
    assert "after trimming: median 1.00 s, 5 min in all" in texts


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.123, "0.12 s"), (12, "12 s"), (600, "10 min"), (9000, "2.5 h"), (3.6e6, "1,000.0 h")]
)
def test_durations_are_said_in_a_fitting_unit(seconds, text):
    assert in_time(seconds) == text


def test_the_picture_of_a_trimmed_clip_is_as_long_as_what_is_kept():
    samples = np.ones(8000, np.float32)
    figure = trimmed_clips([Example("cut", "a.wav", "Bark", samples, 8000, [(0, 1000), (6000, 7000)])], "Pets")
    before, after = figure.axes[:2]
    assert before.images[0].get_extent() == [0, 1.0, 0, 4.0]  # seconds, kHz
    assert after.images[0].get_extent() == [0, 0.25, 0, 4.0]
    assert after.get_title(loc="left") == "after: 0.25 s, 25% of it"


def costs(**changes):
    rows = {
        "rule": ["train", "fetch", "score"],
        "jobs": [4.0, 1, 1],
        "attempts": [5.0, 1, 1],
        "device": ["CPU", "", ""],
    }
    rows |= {"wall_seconds": [3600.0, np.nan, 7200], "peak_memory_mb": [800.0, np.nan, 400]}
    rows |= dict.fromkeys(["gpu_hours", "clips_per_second"], np.nan)
    return pd.DataFrame(rows | changes)


def test_the_longest_rule_comes_first_and_what_is_unknown_is_a_dash():
    figure = rule_costs(costs(), "Pets")
    first, second = figure.axes  # no panel of speeds or GPUs: nothing is known of them
    assert row_names(first) == ["score (1 job)", "train (4 jobs)", "fetch (1 job)"]
    assert [text.get_text() for text in first.texts] == ["2.0 h", "60 min", "-"]
    assert [text.get_text() for text in second.texts] == ["0.4 GB", "0.8 GB", "-"]
    title, devices = figure.get_suptitle().splitlines()
    assert title == "Pets: what the rules cost; 3.0 h of jobs in all, 1 attempts beside the first ones"
    assert devices == "on CPU"


@pytest.mark.filterwarnings("error")
def test_costs_of_which_nothing_is_known_are_a_figure_of_dashes():
    figure = rule_costs(costs(wall_seconds=np.nan, peak_memory_mb=np.nan), "Pets")
    assert [text.get_text() for text in figure.axes[0].texts] == ["-"] * 3


@pytest.mark.parametrize(("samples", "hop"), [(1024, 256), (1025, 512), (30001, 700)])
def test_spectrograms_are_librosas(samples, hop):
    sound = np.random.default_rng(samples).normal(size=samples).astype(np.float32)
    reference = np.abs(librosa.stft(sound, n_fft=1024, hop_length=hop)) ** 2
    assert power_spectrogram(sound, 1024, hop) == pytest.approx(reference, rel=1e-4, abs=1e-6 * float(reference.max()))


def test_test_clips_are_shown_where_there_are_any_else_verified_training_clips():
    assert shown_split(["oof_verified", "public", "private", "all"], "t.csv") == "all"
    assert shown_split(["oof_verified"], "t.csv") == "oof_verified"
    with pytest.raises(UserError, match=r"^t\.csv: has neither test clips nor verified ones"):
        shown_split([], "t.csv")


# ---------------------------------------------------------------- stages


@pytest.fixture
def class_tables(tmp_path):
    def write(classes=("Bark", "Hi hat"), columns="system,split,label,clips,f1,precision,recall,ap3"):
        rows = [
            f"{s},{split},{c},2,0.5,0.5,0.5,0.5" for s in ("stack", "a") for split in ("oof_verified",) for c in classes
        ]
        (tmp_path / "by_class.csv").write_text("\n".join([columns, *rows, ""]))
        (tmp_path / "confusion.csv").write_text(
            "system,split,label,predicted,clips\nstack,oof_verified,Bark,Hi hat,2\n"
        )
        header = "system,against,split,metric,difference,low,high,clips"
        (tmp_path / "comparisons.csv").write_text(f"{header}\nstack,a,oof_verified,map3,0,0,0,4\n")
        names = {"by_class": "by_class", "confusions": "confusion", "comparisons": "comparisons"}
        return {argument: tmp_path / f"{name}.csv" for argument, name in names.items()} | {
            "f1_plot": tmp_path / "f1.png",
            "confusion_plot": tmp_path / "confusion.png",
            **{"dataset": "Pets", "system": "stack", "classes": ["Bark", "Hi hat"]},
        }

    return write


def test_class_figures_of_a_run_without_test_clips_are_out_of_fold(class_tables, monkeypatch):
    titles = []
    monkeypatch.setattr(class_report, "save", lambda figure, path: titles.append(figure.get_suptitle()))
    class_report.plot_classes(**class_tables())
    assert titles == [
        "Pets: F1 of each class by stack on 4 verified training clips, out of fold",
        "Pets: what stack takes 2 verified training clips, out of fold for",
    ]


def test_a_class_that_a_table_lacks_is_named_in_one_line(class_tables):
    with pytest.raises(DamagedError, match=r"^\S+by_class\.csv: stack has no row of the class 'Hi hat'$"):
        class_report.plot_classes(**class_tables(classes=["Bark"]))


def test_a_column_that_a_table_lacks_is_named_in_one_line(class_tables):
    with pytest.raises(DamagedError, match=r"^\S+by_class\.csv: column 'f1' is missing; it has .*f2.*$"):
        class_report.plot_classes(**class_tables(columns="system,split,label,clips,f2,precision,recall,ap3"))


def test_a_cost_that_is_no_number_is_one_line(tmp_path):
    (tmp_path / "costs.csv").write_text(",".join(Costs.columns) + "\ntrain,CPU,4,4,long,,,,,,\n")
    with pytest.raises(
        DamagedError, match=r"^\S+costs\.csv: column 'wall_seconds' holds 'long' in row 1, which is not float$"
    ):
        plot_costs(tmp_path / "costs.csv", tmp_path / "costs.png", "Pets")


def test_a_history_without_an_epoch_is_one_line(tmp_path):
    settings = plot_learning.Settings(dataset="Pets", task="multiclass", histories=[("a", 0, 0)], systems=[])
    (tmp_path / "history.csv").write_text(",".join([*History.columns, "verified_map3"]) + "\n")
    inputs = {"clips": tmp_path / "clips.csv", "histories": [tmp_path / "history.csv"], "rounds": []}
    with pytest.raises(DamagedError, match=r"history\.csv: has no epoch$"):
        plot_learning.main(**inputs, plot=tmp_path / "plot.png", settings=settings)


def test_a_clip_whose_true_label_is_unknown_is_named(tmp_path):
    (tmp_path / "accepted.csv").write_text(
        ",".join(Accepted.columns) + "\na.wav,Bark,Bark,0.9,1,1\nb.wav,None,Bark,0.1,0,0\n"
    )
    (tmp_path / "true.csv").write_text("fname,true_label\na.wav,Bark\n")
    inputs = {"accepted": [tmp_path / "accepted.csv"], "keys": [["a", 1]], "plot": tmp_path / "plot.png"}
    inputs |= {"dataset": "Pets", "classes": ["Bark", "None"]}
    with pytest.raises(UserError, match=r"true\.csv: 1 clips are missing, the first is b\.wav"):
        plot_accepted(**inputs, true_labels=str(tmp_path / "true.csv"))
    plot_accepted(**inputs, true_labels=None)
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def clip_table(tmp_path, rows):
    table = pd.DataFrame(rows, columns=["fname", "split", "label", "manually_verified", "usage", "seconds"])
    table = table.assign(subsets="", group="", fold="", path=[str(tmp_path / name) for name in table["fname"]], md5="")
    write_clips(table, tmp_path / "clips.csv")
    return table


def test_effects_of_the_stages_by_hand(tmp_path):
    classes = ["Bark", "Hiss", "Meow"]
    table = clip_table(tmp_path, [("t.wav", "train", "Bark", 1, "", 1.0), ("a.wav", "test", "Bark", 1, "Private", 1.0)])
    write_listing(table.assign(row=""), tmp_path / "listing.csv")
    for name, of_bark in [("before", 0.2), ("after", 0.6)]:  # Bark is second, then first
        for clip in "ta":
            table = prediction_table([f"{clip}.wav"], [[of_bark, 0.3, 0.1]], classes)
            write_predictions(table, tmp_path / f"{name}_{clip}.parquet")
    tables = ("scores", "comparisons", "by_class", "confusions", "reliability", "effects")
    score_systems.main(
        listing=tmp_path / "listing.csv",
        clips=tmp_path / "clips.csv",
        oof=[tmp_path / "after_t.parquet"],
        test=[tmp_path / "after_a.parquet"],
        given_oof=[tmp_path / "before_t.parquet"],
        given_test=[tmp_path / "before_a.parquet"],
        **{name: tmp_path / f"{name}.csv" for name in tables},
        settings=score_systems.Settings(
            systems=["net"],
            singles=["net"],
            stages=[("given labels", "net"), ("self-verification", "net")],
            task="multiclass",
            classes=classes,
            published=[],
            resamples=10,
            seed=1,
        ),
    )
    rows = [
        f"{stage},net,{split},1,{value},{value},{value}"
        for stage, value in [("given labels", "0.500000"), ("self-verification", "1.000000")]
        for split in ("oof_verified", "private", "all")
    ]
    assert (tmp_path / "effects.csv").read_text().splitlines() == ["stage,system,split,clips,map3,low,high", *rows]

    (tmp_path / "weights.csv").write_text(
        ",".join(StackWeights.columns) + "\n" + "".join(f"{c},net,1,1,,0\n" for c in classes)
    )
    plots = {name: tmp_path / f"{name}.png" for name in ("effects", "weights", "reliability")}
    plot_effects(tmp_path / "effects.csv", plots["effects"], "Pets")
    plot_weights(tmp_path / "weights.csv", plots["weights"], "Pets", "stack")
    plot_reliability(tmp_path / "reliability.csv", plots["reliability"], "Pets")
    assert all(plot.read_bytes().startswith(b"\x89PNG") for plot in plots.values())


@pytest.fixture
def trimming(tmp_path):
    def run(clips, kept, monkeypatch):
        """Return the example; ``clips``: name, split, seconds; ``kept``: name -> samples that stay, at 1000 Hz."""
        table = clip_table(tmp_path, [(name, split, "Bark", 1, "", seconds) for name, split, seconds in clips])
        for path, seconds in zip(table["path"], table["seconds"], strict=True):
            soundfile.write(path, np.full(int(1000 * seconds), 0.1), 1000)
        facts = table[["fname"]].assign(**dict.fromkeys([*AudioFacts.columns][1:], 0)).assign(state="ok", rate=1000)
        write_audio_facts(facts, tmp_path / "audio.csv")
        segments = [(name, 0, 0, samples) for name, samples in kept.items()]
        write_segments(segments, tmp_path / "segments.csv")
        drawn = []
        monkeypatch.setattr(trimming_report, "trimmed_clips", lambda examples, dataset: drawn.extend(examples))
        monkeypatch.setattr(trimming_report, "save", lambda figure, path: None)
        trimming_report.plot_trimming(
            clips=tmp_path / "clips.csv",
            facts=tmp_path / "audio.csv",
            segments=[tmp_path / "segments.csv"],
            durations_plot=tmp_path / "durations.png",
            example_plot=tmp_path / "example.png",
            dataset="Pets",
            stores=[["mel", "cut"]],
            examples=[["cut (mel)", "mel"]],
        )
        return drawn[0]

    return run


def test_the_example_is_the_first_training_clip_of_which_half_stays(trimming, monkeypatch):
    clips = [("a.wav", "train", 1.0), ("b.wav", "train", 2.0), ("c.wav", "train", 2.0), ("d.wav", "test", 1.0)]
    clips += [("e.wav", "train", 31.0), ("none.wav", "train", 0.0)]
    kept = {"a.wav": 900, "b.wav": 1200, "c.wav": 800, "d.wav": 500, "e.wav": 15500}
    example = trimming(clips, kept, monkeypatch)
    assert (example.fname, example.rate, example.bounds) == ("b.wav", 1000, [(0, 1200)])
    assert len(example.samples) == 2000


def test_where_all_training_clips_are_long_one_of_them_is_the_example(trimming, monkeypatch):
    assert trimming([("a.wav", "train", 31.0)], {"a.wav": 100}, monkeypatch).fname == "a.wav"


# ---------------------------------------------------------------- the plan


def plan_of(systems, answer="stack"):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    return Plan(config | {"systems": systems, "answer": answer})


def stages_of(plan):
    settings = yaml.safe_load(plan.scoring.score_systems(SimpleNamespace(dataset=plan.study.dataset)))
    return settings["stages"]


def test_only_figures_that_apply_to_a_run_are_asked_for():
    of_events = RULES[RULES.index("rule report_events") : RULES.index("rule plot_learning")]
    everything = set(re.findall(r"figures/(\w+)\.png", RULES.replace(of_events, "")))
    accepted, relabelled = "accepted_labels", "relabelled_labels"
    for systems, without in [
        (["dorfer-a", *IQBAL], set()),
        (["dorfer-a"], {relabelled}),
        (IQBAL, {accepted}),
        (IQBAL[:3], {accepted, relabelled}),
    ]:
        asked = {path.split("/")[-1].removesuffix(".png") for path in plan_of(systems).report.figures("data")}
        assert asked == everything - without - {"costs"} | {"scores"}


def test_stages_that_a_system_does_not_go_through_are_left_out():
    assert stages_of(plan_of(["dorfer-a", "iqbal-vgg13-a"])) == [
        ["given labels", "dorfer-a"],
        ["given labels", "iqbal-vgg13-a"],
        ["self-verification", "dorfer-a"],
        ["arithmetic mean", "arithmetic-mean"],
        ["geometric mean", "geometric-mean"],
        ["log linear pool", "log-linear-pool"],
        ["stack", "stack"],
    ]
    relabelled = [system for stage, system in stages_of(plan_of(["dorfer-a", *IQBAL])) if stage == "relabelling"]
    assert relabelled == IQBAL


def test_the_weights_shown_are_the_answers_or_the_stacks_where_the_answer_has_none():
    wildcards = SimpleNamespace(dataset="pets")
    for answer, shown in [("iqbal-stack8", "iqbal-stack8"), ("arithmetic-mean", "stack")]:
        assert plan_of(IQBAL, answer).report.shown_weights(wildcards) == f"results/pets/ensemble/{shown}/weights.csv"


def test_front_ends_that_cut_silence_alike_share_an_example():
    plan = plan_of([*DORFER, *IQBAL])
    settings = yaml.safe_load(plan.report.report_results(SimpleNamespace(dataset=plan.study.dataset)))
    rules = [name.split()[0] for name, _ in settings["examples"]]
    assert rules == ["trim_ends", "split_on_silence"]
    assert len(settings["stores"]) == 4


def test_every_figure_of_the_rules_has_a_caption():
    captions = re.findall(r'caption="\.\./(\S+)"', RULES)
    assert len(captions) == RULES.count("report(\n") > 0
    assert all((ROOT / caption).read_text().strip() for caption in captions)


def test_drawing_does_without_torch():
    """Which takes seconds to import, in each of the jobs."""
    stages = re.findall(r"-m workflow_scripts\.report\.(\w+)", RULES)
    modules = set().union(*(_closure(ROOT / f"workflow_scripts/report/{stage}.py") for stage in stages))
    assert len(modules) > len(stages)
    assert not [path for path in modules if re.search(r"^(import|from) torch", path.read_text(), re.MULTILINE)]
