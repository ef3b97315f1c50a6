"""The main job on the demo data, by the real Snakemake: what comes out."""

import pandas as pd

from workflow_scripts.tables.folds import read_folds

DEMO = "results/fsdkaggle2018-demo"
SYSTEMS = [
    *["most-frequent", "random-forest", "dorfer-a", "iqbal-vgg13-a"],
    *["arithmetic-mean", "geometric-mean", "log-linear-pool", "stack"],
]


def read(project, name):
    return pd.read_csv(project.folder / name, keep_default_na=False)


def test_the_answer_has_three_different_classes_for_every_test_clip(built):
    answer = read(built, "results/task2_ensemble.csv")
    clips = read(built, f"{DEMO}/clips.csv")
    assert list(answer.columns) == ["fname", "label"]
    assert answer["fname"].tolist() == clips.loc[clips["split"] == "test", "fname"].tolist()
    best = answer["label"].str.split(" ")
    assert (best.map(set).map(len) == 3).all()
    assert set(best.explode()) <= set(clips["label"])
    assert answer["label"].nunique() > 1, "not the same answer for every clip"


def test_the_score_table_has_every_system_on_every_split(built):
    scores = read(built, "results/task2_scores.csv")
    assert list(scores.columns) == ["system", "split", "metric", "value", "low", "high", "published", "pretrained"]
    for metric in ("map3", "accuracy", "sed_eval_f_measure", "clips"):
        rows = scores[scores["metric"] == metric]
        expected = [(system, split) for system in SYSTEMS for split in ("oof_verified", "public", "private", "all")]
        assert list(zip(rows["system"], rows["split"], strict=True)) == expected
    counts = scores[scores["metric"] == "clips"].groupby("split")["value"].unique().map(list).to_dict()
    assert counts == {"oof_verified": [125], "public": [23], "private": [97], "all": [120]}


def test_all_is_the_clip_weighted_mean_of_public_and_private(built):
    scores = read(built, "results/task2_scores.csv").set_index(["system", "split", "metric"])["value"].astype(float)
    for system in SYSTEMS:
        parts = 23 * scores[system, "public", "map3"] + 97 * scores[system, "private", "map3"]
        assert abs(scores[system, "all", "map3"] - parts / 120) < 1e-5


def test_the_table_is_printed_when_the_run_ends(built):
    printed = built.printed.split("results/task2_ensemble.csv holds")[-1]
    assert all(system in printed for system in SYSTEMS)


def test_no_model_predicts_out_of_fold_a_clip_that_it_learned_from(built):
    """Held-out tables cover each fold exactly, in every round; the folds are those of the fold table."""
    clips = read(built, f"{DEMO}/clips.csv").query("split == 'train'")["fname"]
    fold_of = pd.Series(read_folds(built.folder / DEMO / "folds/2.csv", clips), clips)
    for system, rounds in (("dorfer-a", 2), ("iqbal-vgg13-a", 1)):
        for number in range(rounds):
            for fold in range(2):
                path = built.folder / DEMO / f"systems/{system}/stage{number:02d}/fold{fold}/held_out.parquet"
                assert set(pd.read_parquet(path)["fname"]) == set(fold_of.index[fold_of == fold])


def test_acceptance_is_judged_against_the_true_labels(built):
    report = read(built, f"{DEMO}/self_verification.csv").set_index(["system", "round"])
    first = report.loc[("dorfer-a", 1)]
    assert first["candidates"] == "187"
    assert abs(float(first["share_right"]) - 131 / 187) < 1e-6, "56 of the 187 unverified labels are wrong"
    assert int(first["accepted"]) == 96, "the cap of 8 in each of 12 classes"


def test_a_second_run_has_nothing_to_do(built):
    assert built.planned() == {}
