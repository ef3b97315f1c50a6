"""The label audit: suspicion, cleanlab's second opinion, the stage that tabulates them, precision where it is known."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT
from workflow_scripts.audit import audit_labels, plot_audit
from workflow_scripts.audit import plan as audit_plan
from workflow_scripts.audit.confident_learning import second_opinion, second_opinion_of_sets
from workflow_scripts.audit.precision import precision_at_k, precision_of_chance
from workflow_scripts.audit.ranking import ranks
from workflow_scripts.audit.suspicion import normalised, suspicion
from workflow_scripts.common.errors import UserError
from workflow_scripts.study.plan import Plan
from workflow_scripts.study.study import Study
from workflow_scripts.tables.accepted import Accepted
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.label_audit import read_audit
from workflow_scripts.tables.predictions import prediction_table, write_predictions
from workflow_scripts.tasks.doubts import multilabel

CLASSES = ["Bark", "Hi hat", "None"]

# ------------------------------------------------------------------ suspicion


def test_suspicion_is_the_margin_by_which_another_class_is_more_probable_by_hand():
    probabilities = np.array([[0.75, 0.25, 0], [0.75, 0.25, 0], [0.25, 0.25, 0.5]])
    margin, suggested = suspicion(probabilities, np.array([0, 1, 0]))
    assert margin.tolist() == [-0.5, 0.5, 0.25]
    assert suggested.tolist() == [1, 0, 2]


def test_a_clip_that_certainly_has_its_given_label_is_suggested_another_one():
    assert suspicion(np.eye(3), np.array([0, 1, 2]))[1].tolist() == [1, 0, 0]


def test_rows_that_do_not_sum_to_one_count_by_their_shares():
    margin, suggested = suspicion(np.array([[0.1, 0.3, 0]]), np.array([0]))
    assert margin == pytest.approx([0.75 - 0.25])
    assert suggested.tolist() == [1]


def test_a_row_of_zeros_tells_nothing():
    assert normalised(np.zeros((1, 4))).tolist() == [[0.25] * 4]
    assert suspicion(np.zeros((1, 4)), np.array([2]))[0].tolist() == [0]


ROWS = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=12)


@given(ROWS, st.data())
def test_the_order_of_the_clips_decides_nothing(rows, data):
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows))))
    verified = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    order = np.array(data.draw(st.permutations(range(len(rows)))))
    fnames, probabilities = np.array([f"{number}.wav" for number in range(len(rows))]), np.array(rows) / 9
    before = ranks(suspicion(probabilities, labels)[0], verified, fnames)
    after = ranks(suspicion(probabilities[order], labels[order])[0], verified[order], fnames[order])
    assert after.tolist() == before[order].tolist()
    assert sorted(before) == list(range(1, len(rows) + 1))


@given(ROWS, st.integers(0, 2), st.integers(0, 2))
def test_a_certain_given_label_is_never_more_suspicious_and_a_certain_other_never_less(rows, label, other):
    certain = np.eye(3)[[label, other]]
    margin, _ = suspicion(np.vstack([certain, np.array(rows) / 9]), np.full(2 + len(rows), label))
    assert margin[0] == margin.min() == -1
    assert other == label or margin[1] == margin.max() == 1
    assert (np.abs(margin) <= 1).all()


def test_verified_clips_come_last_and_equal_ones_by_name():
    scores, verified = [0.5, 0.9, 0.5, 0.7, 0.9], [False, True, False, False, True]
    assert ranks(scores, verified, ["b", "d", "a", "c", "B"]).tolist() == [3, 5, 2, 1, 4]


# ------------------------------------------------------------------ cleanlab


def test_cleanlab_suggests_what_a_clip_confidently_belongs_to_by_hand():
    """Northcutt et al. 2021: the thresholds are the mean probabilities of the clips given each label."""
    probabilities = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.55, 0.45], [0.8, 0.2]])
    labels = np.array([0, 0, 0, 1, 1, 1])  # thresholds: (0.9 + 0.7 + 0.2) / 3 = 0.6 and (0.9 + 0.45 + 0.2) / 3 = 0.517
    _, _, suggested = second_opinion(probabilities, labels)
    assert suggested.tolist() == [-1, -1, 1, -1, -1, 0]


def test_confident_learning_flags_clear_mistakes_and_nothing_else():
    labels = np.repeat([0, 1, 2], 20)
    probabilities = np.full((60, 3), 0.05) + 0.85 * np.eye(3)[labels]
    probabilities[[3, 30]] = [[0.02, 0.96, 0.02], [0.02, 0.02, 0.96]]
    _, issue, _ = second_opinion(probabilities, labels)
    assert np.flatnonzero(issue).tolist() == [3, 30]


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [0, 1, 2, 2], [2, 2, 1, 1]])
def test_cleanlab_can_do_without_some_classes_and_with_single_clips(labels):
    probabilities = normalised(np.random.default_rng(1).random((4, 5)))
    quality, issue, suggested = second_opinion(probabilities, np.array(labels))
    assert quality.tolist() == probabilities[range(4), labels].tolist(), "self-confidence, cleanlab's default"
    assert issue.shape == suggested.shape == (4,)


def test_the_stage_imports_neither_torch_nor_tensorflow():
    code = "import sys, workflow_scripts.audit.audit_labels as a; print({'torch', 'tensorflow'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == "set()\n"


# ------------------------------------------------------------------ the stage

CLIPS = {  # fname: label, manually_verified
    "d.wav": ("Bark", 0),
    "a.wav": ("Bark", 0),
    "c.wav": ("None", 0),
    "v.wav": ("Hi hat", 1),
    "b.wav": ("Hi hat", 0),
}
OOF = {
    "v.wav": [1, 0, 0],  # the most suspicious by far, but verified
    "a.wav": [0.5, 0.25, 0.25],
    "b.wav": [0.25, 0.125, 0.5],  # sums to 7/8
    "c.wav": [0, 0.25, 0.75],
    "d.wav": [0.25, 0.75, 0],
}
TRUE_LABELS = {"d.wav": "Hi hat", "a.wav": "Bark", "b.wav": "None", "c.wav": "None", "another.wav": "Bark"}


@pytest.fixture
def audit(tmp_path):
    """Run the stage; return the audit as read again."""

    def table(name, columns, rows):
        text = "\n".join([columns, *(",".join(map(str, row)) for row in rows)]) + "\n"
        (tmp_path / name).write_text(text)
        return tmp_path / name

    def run(
        clips=CLIPS,
        oof=OOF,
        system=None,
        systems=("dorfer-a",),
        accepted=(),
        corrected=(),
        true_labels=None,
        partial=None,
        task="multiclass",
    ):
        rows = [
            (fname, "train", label, flag, "", "", "", "", f"audio/{fname}", 2.0, "")
            for fname, (label, flag) in clips.items()
        ]
        columns = [
            "fname",
            "split",
            "label",
            "manually_verified",
            "usage",
            "subsets",
            "group",
            "fold",
            "path",
            "seconds",
            "md5",
        ]
        test = ("t.wav", "test", "Bark", 1, "", "", "", "", "t.wav", 1.0, "")
        write_clips(pd.DataFrame([*rows, test], columns=columns), tmp_path / "clips.csv")
        for name, predictions in [("oof", oof), ("system", system or oof)]:
            values = prediction_table(list(predictions), list(predictions.values()), CLASSES)
            write_predictions(values, tmp_path / f"{name}.parquet")
        given_columns = "fname,given_label,predicted,probability,label,relabelled,promoted"
        audit_labels.main(
            clips=tmp_path / "clips.csv",
            oof=tmp_path / "oof.parquet",
            systems_oof=[tmp_path / "system.parquet"] * len(systems),
            accepted=[table(f"{s}{n}.csv", ",".join(Accepted.columns), rows) for s, n, rows in accepted],
            corrected=[table(f"{e}{n}.csv", given_columns, rows) for e, n, rows in corrected],
            audit=tmp_path / "audit.csv",
            page=tmp_path / "page.html",
            settings=audit_labels.Settings(
                dataset="mine",
                ensemble="stack",
                task=task,
                classes=CLASSES,
                systems=list(systems),
                accepted=[(system, number) for system, number, _ in accepted],
                corrected=[(ensemble, number) for ensemble, number, _ in corrected],
                partial=partial,
                true_labels=true_labels and str(table("true.csv", "fname,true_label", true_labels.items())),
            ),
        )
        return read_audit(tmp_path / "audit.csv", systems)

    return run


def test_the_clips_that_were_held_out_are_audited_and_the_page_says_how_many(audit, tmp_path):
    whole = audit()
    some = {fname: OOF[fname] for fname in list(OOF)[1:]}
    table = audit(oof=some, system={fname: OOF[fname] for fname in list(OOF)[2:]}, partial=[True, True])
    held_out = [fname for fname in CLIPS if fname in some]
    assert table.index.tolist() == held_out
    assert table["suspicion"].tolist() == whole.loc[held_out, "suspicion"].tolist()
    assert sorted(table["suspicion_rank"]) == [1, 2, 3, 4]
    unknown = list(OOF)[1]
    assert table.loc[unknown, "dorfer-a_predicted"] == ""
    assert np.isnan(table.loc[unknown, "dorfer-a_probability"])
    assert (table.drop(unknown)["dorfer-a_predicted"] == table.drop(unknown)["predicted"]).all()
    assert sorted(table["combined_rank"]) == [1, 2, 3, 4]
    assert "It knows the 4 of 5 training clips that were held out." in (tmp_path / "page.html").read_text()
    with pytest.raises(UserError, match="1 clips are missing"):
        audit(oof=some)


def test_there_is_one_row_per_training_clip_and_the_margins_are_right(audit):
    table = audit()
    assert list(table.index) == list(CLIPS)
    assert table["given_label"].tolist() == ["Bark", "Bark", "None", "Hi hat", "Hi hat"]
    # b: (0.5 - 0.125) / 0.875
    assert table["suspicion"].tolist() == pytest.approx([0.5, -0.25, -0.5, 1, 3 / 7])
    assert table["suspicion_rank"].tolist() == [1, 3, 4, 5, 2], "the verified one comes last"
    assert table["suggested_label"].tolist() == ["Hi hat", "Hi hat", "Hi hat", "Bark", "None"]
    assert table["predicted"].tolist() == ["Hi hat", "Bark", "None", "Bark", "None"]
    assert table["probability"].tolist() == pytest.approx([0.75, 0.5, 0.75, 1, 4 / 7])
    assert table["given_probability"].tolist() == pytest.approx([0.25, 0.5, 0.75, 0, 1 / 7])
    assert table["suggested_probability"].tolist() == pytest.approx([0.75, 0.25, 0.25, 1, 4 / 7])


SETS = CLIPS | {"d.wav": ("Bark,Hi hat", 0), "b.wav": ("", 0)}


def test_the_combined_rank_is_that_of_the_mean_share_of_clips_that_are_doubted_less(audit):
    """By hand, of d, a, c, v and b: the system is certain of all labels but that of a, the ensemble says OOF."""
    system = {"d.wav": [1, 0, 0], "a.wav": [0, 1, 0], "c.wav": [0, 0, 1], "v.wav": [0, 1, 0], "b.wav": [0, 1, 0]}
    table = audit(system=system)
    assert table["dorfer-a_log_odds"].idxmax() == "a.wav"
    # of the ensemble v (0), b (1/7), d (1/4), a (1/2), c (3/4), by cleanlab as well
    quality = np.array([5, 3, 1, 9, 7]) / 10
    np.testing.assert_allclose(table["combined"], (2 * quality + [0.4, 0.9, 0.4, 0.4, 0.4]) / 3, atol=1e-6)
    assert table["combined_rank"].tolist() == [3, 2, 4, 5, 1], "the verified one comes last"


def test_however_many_systems_there_are_they_have_one_vote_together(audit):
    system = {fname: row[::-1] for fname, row in OOF.items()}
    alone, of_three = audit(system=system), audit(system=system, systems=["dorfer-a", "dorfer-b", "dorfer-c"])
    assert of_three["combined"].tolist() == alone["combined"].tolist()


def test_of_several_labels_the_most_doubtful_decision_on_a_clip_is_named(audit, tmp_path):
    oof = {"d.wav": [0.9, 0.25, 0.5], "a.wav": [0.75, 0.125, 0.875], "c.wav": [0.125, 0.25, 0.625]}
    oof |= {"v.wav": [0.875, 0, 0.5], "b.wav": [0.25, 0.125, 0]}
    table = audit(clips=SETS, oof=oof, task="multilabel")
    assert table["doubt"].tolist() == ["presence", "absence", "presence", "presence", "absence"]
    assert table["doubted_label"].tolist() == ["Hi hat", "Bark", "None", "Hi hat", ""]
    assert table["suggested_label"].tolist() == ["None", "None", "Hi hat", "Bark", "Bark"]
    # 1 - 2 * 0.25; 2 * 0.875 - 1; 1 - 2 * 0.625 over 2 * 0.25 - 1; 1 - 2 * 0; 2 * 0.25 - 1
    assert table["suspicion"].tolist() == [0.5, 0.75, -0.25, 1, -0.5]
    assert table["suspicion_rank"].tolist() == [2, 1, 3, 5, 4], "the verified one comes last"
    np.testing.assert_array_equal(table["given_probability"], [0.25, 0.75, 0.625, 0, np.nan])
    assert table["suggested_probability"].tolist() == [0.5, 0.875, 0.25, 0.875, 0.25]
    assert table["predicted"].tolist() == ["Bark", "None", "None", "Bark", "Bark"]
    assert set(table["cleanlab_suggested"]) == {""}
    page = (tmp_path / "page.html").read_text()
    assert "Remove Hi hat" in page and "Add None" in page
    assert '"given": "Bark", "suggested": "Bark,None"' in page, "what is decided are the labels of the clip"
    assert '"given": "Bark,Hi hat", "suggested": "Bark"' in page


def test_of_a_clip_with_all_labels_none_is_suggested():
    margin, doubted, suggested, further = multilabel.doubts(np.array([[0.75, 0.25]]), np.ones((1, 2)))
    assert (margin.tolist(), doubted.tolist(), suggested.tolist()) == ([0.5], [1], [-1])
    assert further["doubt"].tolist() == ["presence"]


def test_cleanlab_flags_clear_mistakes_in_several_labels():
    random = np.random.default_rng(1)
    truth = random.random((80, 4)) < 0.4
    truth[:, 3] = False  # no clip has this class: nothing to learn of it
    probabilities = np.clip(np.where(truth, 0.9, 0.1) + random.normal(0, 0.05, truth.shape), 0, 1)
    given = truth.copy()
    given[[5, 40], 1] ^= True
    quality, issue, suggested = second_opinion_of_sets(probabilities, given)
    assert issue.any() and set(np.flatnonzero(issue)) <= {5, 40}
    assert set(np.argsort(quality)[:2]) == {5, 40}
    assert (suggested == -1).all()
    assert second_opinion_of_sets(probabilities, np.ones((80, 4))) is None


def test_probabilities_have_six_decimals_and_clips_are_ranked_by_more(audit, tmp_path):
    clips = {"a.wav": ("Bark", 0), "b.wav": ("Bark", 0)}
    table = audit(clips=clips, oof={"a.wav": [0.6, 0.4, 0], "b.wav": [0.5999999, 0.4000001, 0]})
    assert table["suspicion_rank"].tolist() == [2, 1]
    written = pd.read_csv(tmp_path / "audit.csv", dtype=str).set_index("fname")
    assert set(written["suspicion"]) == {"-0.2"}
    assert set(written["given_probability"]) == set(written["dorfer-a_given_probability"]) == {"0.6"}


def test_a_systems_own_opinion_stands_beside_that_of_the_ensemble(audit):
    table = audit(system={fname: [0.25, 0.25, 0.5] for fname in OOF})
    assert set(table["dorfer-a_predicted"]) == {"None"}
    assert set(table["dorfer-a_probability"]) == {0.5}
    assert table["dorfer-a_given_probability"].tolist() == [0.25, 0.25, 0.5, 0.25, 0.25]


def test_the_columns_of_cleanlab_are_what_cleanlab_says(audit):
    table = audit()
    probabilities = np.array([OOF[fname] for fname in CLIPS])
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    labels = np.array([CLASSES.index(label) for label, _ in CLIPS.values()])
    assert table["cleanlab_quality"].tolist() == pytest.approx(get_label_quality_scores(labels, probabilities).tolist())
    assert table["cleanlab_issue"].tolist() == find_label_issues(labels, probabilities, n_jobs=1).tolist()
    assert table["cleanlab_rank"].tolist() == [2, 3, 4, 5, 1], "qualities 0.25, 0.5, 0.75, verified, 0.14"


def test_what_accepted_and_relabelled_a_clip_is_told_by_clip_name(audit):
    def accepted(*chosen):
        return [(fname, "Bark", "Bark", 0.5, int(fname in chosen), 0) for fname in ("a.wav", "b.wav", "c.wav", "d.wav")]

    def corrected(**labels):
        rows = []
        for fname in ("c.wav", "d.wav", "a.wav", "b.wav"):
            label = labels.get(fname[0])
            rows.append((fname, CLIPS[fname][0], "", 0.5, label or CLIPS[fname][0], int(label is not None), 0))
        return rows

    table = audit(
        accepted=[
            ("dorfer-a", 1, accepted("a.wav")),
            ("dorfer-a", 2, accepted("a.wav", "c.wav")),
            ("dorfer-b", 2, accepted("a.wav")),
        ],
        corrected=[("iqbal-stack8", 1, corrected(b="Bark")), ("iqbal-stack8", 2, corrected(b="None", d="Hi hat"))],
    )
    assert table["accepted_by"].to_dict() == dict.fromkeys(CLIPS, "") | {
        "a.wav": "dorfer-a: 1 2; dorfer-b: 2",
        "c.wav": "dorfer-a: 2",
    }
    assert table["relabelled_by"].to_dict() == dict.fromkeys(CLIPS, "") | {
        "b.wav": "iqbal-stack8: 1 -> Bark, 2 -> None",
        "d.wav": "iqbal-stack8: 2 -> Hi hat",
    }


def test_true_labels_stand_beside_the_unverified_clips_where_they_are_known(audit):
    assert audit(true_labels=TRUE_LABELS)["true_label"].tolist() == ["Hi hat", "Bark", "None", "", "None"]
    assert set(audit()["true_label"]) == {""}


@pytest.mark.parametrize("source", ["oof", "system"])
def test_a_clip_that_is_not_predicted_is_an_error(audit, source):
    with pytest.raises(UserError, match=rf"{source}\.parquet: 1 clips are missing, the first is c\.wav"):
        audit(**{source: {fname: row for fname, row in OOF.items() if fname != "c.wav"}})


def test_a_clip_that_self_verification_has_not_judged_is_an_error(audit):
    with pytest.raises(UserError, match=r"3 clips are missing, the first is b\.wav"):
        audit(accepted=[("dorfer-a", 1, [("a.wav", "Bark", "Bark", 0.5, 1, 1)])])


def test_a_data_set_without_flags_is_audited_whole(audit):
    assert audit(clips={fname: (label, 0) for fname, (label, _) in CLIPS.items()})["suspicion_rank"]["v.wav"] == 1
    verified = audit(clips={fname: (label, 1) for fname, (label, _) in CLIPS.items()})
    assert sorted(verified["suspicion_rank"]) == [1, 2, 3, 4, 5]


def test_where_cleanlab_cannot_say_its_cells_are_empty_and_the_log_tells(audit, caplog):
    caplog.set_level("INFO")
    table = audit(clips=dict.fromkeys(CLIPS, ("None", 0)))
    assert table[["cleanlab_rank", "cleanlab_quality", "cleanlab_issue"]].isna().all(axis=None)
    assert set(table["cleanlab_suggested"]) == {""}
    assert sorted(table["suspicion_rank"]) == [1, 2, 3, 4, 5]
    assert "cleanlab cannot say" in caplog.text


# ------------------------------------------------------------------ precision


def test_precision_and_recall_at_every_k_by_hand():
    wrong = np.array([False, True, True, False])
    suggested = np.array([True, True, True, False])
    right = np.array([False, True, False, True])  # that of the last clip is no suggestion
    table = precision_at_k("x", np.array([1, 0, 3, 2]), wrong, suggested, right)
    assert table["k"].tolist() == [1, 2, 3, 4]
    assert table["wrong"].tolist() == [1, 1, 1, 2]
    assert table["precision"].tolist() == [1, 1 / 2, 1 / 3, 2 / 4]
    assert table["recall"].tolist() == [1 / 2, 1 / 2, 1 / 2, 1]
    assert table["suggestions_right"].tolist() == [1, 1 / 2, 1 / 2, 1 / 3]


def test_in_random_order_the_share_of_wrong_labels_is_found():
    table = precision_of_chance(np.array([True, False, False, False]), np.array([True, True, False, False]))
    assert table["wrong"].tolist() == [0.25, 0.5, 0.75, 1]
    assert set(table["precision"]) == {0.25}
    assert table["recall"].tolist() == [0.25, 0.5, 0.75, 1]
    assert set(table["suggestions_right"]) == {0.5}


@pytest.fixture
def plot(audit, tmp_path):
    def run(**options):
        audit(**options)
        files = {"precision": tmp_path / "precision.csv", "plot": tmp_path / "plot.png"}
        settings = plot_audit.Settings(dataset="mine", systems=["dorfer-a"])
        plot_audit.main(audit=tmp_path / "audit.csv", settings=settings, **files)
        return pd.read_csv(files["precision"]).set_index(["method", "k"]), files["plot"].read_bytes()

    return run


def test_the_orders_of_both_methods_are_judged_by_the_true_labels(plot):
    """d and b are wrong; by the margin d comes first, by cleanlab b."""
    table, picture = plot(true_labels=TRUE_LABELS)
    assert table.loc["suspicion", "wrong"].tolist() == [1, 2, 2, 2]
    assert table.loc["suspicion", "suggestions_right"].tolist() == [1, 1, round(2 / 3, 6), 0.5]
    assert table.loc["cleanlab", "recall"].tolist() == [0.5, 1, 1, 1]
    assert table.loc["random", "precision"].tolist() == [0.5] * 4
    assert picture.startswith(b"\x89PNG")
    assert plot(true_labels=TRUE_LABELS)[1] == picture


def test_wrong_labels_are_counted_in_integers_and_those_of_chance_in_fractions(plot, tmp_path):
    """b, c and d of the five are wrong, so chance finds 3/5 of a wrong label per clip."""
    plot(
        clips={fname: (label, 0) for fname, (label, _) in CLIPS.items()},
        true_labels=TRUE_LABELS | {"c.wav": "Bark", "v.wav": "Hi hat"},
    )
    table = pd.read_csv(tmp_path / "precision.csv", dtype=str).set_index("method")
    assert table.loc["suspicion", "wrong"].tolist() == ["0", "1", "2", "2", "3"]
    assert table.loc["random", "wrong"].tolist() == ["0.6", "1.2", "1.8", "2.4", "3"]


def test_a_data_set_without_unverified_clips_or_wrong_labels_has_a_plot_too(plot):
    table, _ = plot(clips={fname: (label, 1) for fname, (label, _) in CLIPS.items()}, true_labels=TRUE_LABELS)
    assert len(table) == 0
    table, _ = plot(true_labels={fname: label for fname, (label, _) in CLIPS.items()})
    assert table["precision"].tolist() == [0] * 24, "six methods, four clips"
    assert table["recall"].isna().all()


def test_without_a_second_opinion_the_others_are_judged(plot):
    table, _ = plot(clips=dict.fromkeys(CLIPS, ("None", 0)), true_labels=TRUE_LABELS | {"v.wav": "Hi hat"})
    assert list(table.index.unique("method")) == ["combined", "log_odds", "suspicion", "dorfer-a", "random"]


def test_each_opinion_and_all_together_are_judged_where_they_know_all_clips(plot):
    """d and b are wrong; the system finds the labels of a and c less probable, in this order."""
    system = OOF | {"a.wav": [0, 1, 0], "c.wav": [0.75, 0.125, 0.125]}
    system |= {"d.wav": [1, 0, 0], "b.wav": [0, 1, 0]}
    table, _ = plot(system=system, true_labels=TRUE_LABELS)
    assert list(table.index.unique("method")) == ["combined", "log_odds", "suspicion", "cleanlab", "dorfer-a", "random"]
    assert table.loc["dorfer-a", "wrong"].tolist() == [0, 0, 1, 2]
    table, _ = plot(
        system={fname: OOF[fname] for fname in list(OOF)[1:-1]}, partial=[False, True], true_labels=TRUE_LABELS
    )
    assert list(table.index.unique("method")) == ["combined", "log_odds", "suspicion", "cleanlab", "random"]


# ------------------------------------------------------------------ the plan

DATASETS = ["fsdkaggle2018", "fsdkaggle2018-demo"]  # the latter has true labels
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def of(dataset):
    return SimpleNamespace(dataset=dataset)


def test_how_good_the_audit_is_is_asked_for_only_where_the_true_labels_are_known():
    names = [
        [Path(path).name for path in Plan(CONFIG | {"dataset": name}).audit.audit_results(name)] for name in DATASETS
    ]
    assert names[0] == ["label_audit.csv", "label_audit.html"]
    assert names[1] == [*names[0], "audit_precision.csv", "audit_precision.png"]


def test_precision_without_true_labels_is_refused_in_one_line():
    without, known = DATASETS
    with pytest.raises(UserError, match="names no `true_labels`"):
        Plan(CONFIG).audit.plot_audit(of(without))
    assert json.loads(Plan(CONFIG).audit.plot_audit(of(known)))["dataset"] == known


def test_the_audit_is_that_of_the_answer():
    plan = Plan(CONFIG | {"answer": "geometric-mean"})
    assert plan.audit.audited_oof(of("x")) == "results/x/ensemble/geometric-mean/oof.parquet"
    assert json.loads(plan.audit.audit_labels(of(DATASETS[0])))["ensemble"] == "geometric-mean"


def test_an_edit_of_the_template_makes_the_page_anew(tmp_path, monkeypatch):
    before = Plan(CONFIG).audit.audit_labels(of(DATASETS[0]))
    (tmp_path / "page.html").write_text(audit_plan.TEMPLATE.read_text() + "<!-- -->")
    monkeypatch.setattr(audit_plan, "TEMPLATE", tmp_path / "page.html")
    assert Plan(CONFIG).audit.audit_labels(of(DATASETS[0])) != before


def test_the_audit_asks_for_memory_by_clips_and_classes(monkeypatch):
    """1,000 classes on 100,000 clips were measured to take 3,900 MB."""
    plan, wildcards = Plan(yaml.safe_load((ROOT / "config.yaml").read_text())), SimpleNamespace(dataset="fsdkaggle2018")
    assert [plan.audit.megabytes(wildcards, attempt) for attempt in (1, 2)] == [2000, 4000]
    monkeypatch.setattr(Study, "data", lambda _, name: {"counts": {"train": 90_000, "test": 10_000}, "tables": {}})
    monkeypatch.setattr(Study, "classes", lambda _, name: ["class"] * 1000)
    assert plan.audit.megabytes(wildcards, 1) == 4500
