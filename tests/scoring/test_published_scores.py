"""Published numbers stand beside ours only where the same was run: data set, size, split and measure."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml

from tests.project import EIGHT, ROOT
from workflow_scripts.report.published import compare_published
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.published_scores import read_published
from workflow_scripts.tables.rounds import write_rounds
from workflow_scripts.tables.scores import write_scores

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
FULL = CONFIG | yaml.safe_load((ROOT / "configs/full.yaml").read_text())
DORFER = ["dorfer-a", "dorfer-b", "dorfer-c"]


def with_sizes(**sizes):
    return FULL | {"size": "other", "sizes": {"other": sizes}}


def beside_ours(config, dataset="fsdkaggle2018"):
    """The systems whose published scores stand in the score table."""
    return {
        row["system"]
        for row in json.loads(Plan(config).scoring.score_systems(SimpleNamespace(dataset=dataset)))["published"]
    }


OF_GIVEN_LABELS = {"dorfer", "dorfer-b", "fsdkaggle2018-baseline", "cross-task-cnn", "densenet-lossmask"}
OF_GIVEN_LABELS |= {f"raw-spec-{part}" for part in ("audio", "mel", "comb")}
OF_GIVEN_LABELS |= {f"densenet-{part}" for part in ("logmel", "waveform", "44k", "32k", "16k")}
OF_GIVEN_LABELS |= {f"densenet-{part}-{rate}" for part in ("logmel", "waveform") for rate in ("44k", "32k", "16k")}
ALL = OF_GIVEN_LABELS | {"iqbal-mean8", "iqbal-stack4", "iqbal-stack8"}
ALL |= {f"iqbal-{network}-a" for network in ("vgg13", "gcnn", "crnn", "gcrnn")}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (FULL, ALL),
        (FULL | {"size": "demo"}, set()),
        (CONFIG | {"dataset": "fsdkaggle2018"}, set()),
        (with_sizes(**{"dorfer-b": {"folds": 4, "training": {"epochs": 500}}}), ALL),
        (with_sizes(**{"dorfer-b": {"training": {"epochs": 499}}}), ALL - {"dorfer-b", "dorfer"}),
        (with_sizes(**{"dorfer-c": {"network": {"width": 8}}}), ALL - {"dorfer"}),
        (with_sizes(**{"raw-spec-mel": {"network": {"width": 8}}}), ALL - {"raw-spec-mel", "raw-spec-comb"}),
        (with_sizes(dorfer={"systems": DORFER[:2]}), ALL - {"dorfer"}),
        (with_sizes(**{"iqbal-mean8": {"systems": EIGHT[:2]}}), ALL - {"iqbal-mean8"}),
        (FULL | {"stack": FULL["stack"] | {"C": 2}}, OF_GIVEN_LABELS),
    ],
    ids=[
        *[
            "published",
            "demo",
            "demo systems",
            "nothing changed",
            "a system",
            "a part",
            "a start",
            "its parts",
            "another mean",
        ],
        "another stack, whose labels the systems learn from",
    ],
)
def test_only_what_is_of_the_published_size_stands_beside_a_published_score(config, expected):
    assert beside_ours(config) == expected


def test_who_learns_from_labels_that_a_changed_stack_corrects_is_not_as_published():
    config = with_sizes(**{"iqbal-stack8": {"stages": {"relabelling": {"labels": {"promote_above": 0.4}}}}})
    assert beside_ours(config) == OF_GIVEN_LABELS


def test_who_is_trained_again_by_the_labels_of_a_smaller_system_is_not_as_published():
    assert beside_ours(with_sizes(**{"iqbal-vgg13-b": {"network": {"width": 8}}})) == OF_GIVEN_LABELS


def test_without_the_stack_that_corrects_its_labels_a_changed_system_concerns_no_other():
    config = with_sizes(**{"iqbal-vgg13-b": {"network": {"width": 8}}}) | {"systems": ["iqbal-vgg13-a", *EIGHT[4:6]]}
    assert {"iqbal-vgg13-a"} <= beside_ours(config)


def test_on_other_data_nothing_stands_beside_a_published_score():
    assert beside_ours(FULL, "fsdkaggle2018-demo") == beside_ours(FULL, "fsdnoisy18k") == set()


# ------------------------------------------------------------------ the table of all published scores


def in_files():
    """(name, split, metric, value) of every published score of Task 2, found in the YAML files."""
    for path in [*(ROOT / "systems").glob("*.yaml"), *(ROOT / "ensembles").glob("*.yaml")]:
        content = yaml.safe_load(path.read_text())
        if not path.stem.startswith("t4-"):
            for score in content.get("published", {}).get("scores", []):
                of_round = f" round {score['round']}" if "round" in score else ""
                yield path.stem + of_round, score["split"], score["metric"], score["value"]


@pytest.fixture
def compare(tmp_path):
    def run(config, dataset="fsdkaggle2018", scores=(), rounds=None):
        write_scores(scores, tmp_path / "scores.csv")
        known = json.loads(Plan(config).report.report_results(SimpleNamespace(dataset=dataset)))["published"]
        compare_published(tmp_path / "scores.csv", known, dataset, tmp_path / "published.csv", rounds)
        return read_published(tmp_path / "published.csv")

    return run


def ours(system, split, metric="map3"):
    return {"system": system, "split": split, "metric": metric, "value": 0.9, "low": 0.85, "high": 0.95}


@pytest.mark.parametrize("config", [CONFIG, FULL], ids=["demo", "full"])
def test_every_published_score_has_a_row_whatever_is_run(compare, config):
    table = compare(config, config["dataset"])
    found = table[["system", "split", "metric", "published"]].itertuples(index=False, name=None)
    assert sorted(found) == sorted(in_files())
    assert set(table["dataset"]) == {"fsdkaggle2018", "audioset"}
    assert (table["ours"] == "not run").all()
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["source"].str.contains("DCASE 2018").all()


def test_ours_stands_beside_the_same_system_split_and_measure(compare):
    table = compare(FULL, scores=[ours("dorfer", "private"), ours("dorfer-b", "oof_verified", "accuracy")])
    table = table.set_index(["system", "split", "metric"])
    assert table.loc[("dorfer", "private", "map3"), ["ours", "low", "high"]].tolist() == ["0.900000", 0.85, 0.95]
    assert table.loc[("dorfer-b", "oof_verified", "accuracy"), "ours"] == "0.900000"
    assert (table["ours"] != "not run").sum() == 2
    assert list(table.columns) == ["dataset", "published", "ours", "low", "high", "source"]


@pytest.fixture
def rounds_of_b(tmp_path):
    """The table of rounds of dorfer-b, of which the last one answers."""
    measures = {"verified_loss": [0.3, 0.2, 0.1], "verified_map3": 0.97, "verified_accuracy": [0.93, 0.94, 0.95]}
    measures["verified_balanced_accuracy"] = 0.9
    write_rounds(pd.DataFrame({"round": [0, 1, 2]} | measures | {"chosen": [0, 0, 1]}), tmp_path / "rounds.csv")
    return {"dorfer-b": tmp_path / "rounds.csv"}


def test_published_checkpoints_of_the_training_stand_beside_our_rounds(compare, rounds_of_b):
    table = compare(FULL, scores=[ours("dorfer-b", "oof_verified", "accuracy")], rounds=rounds_of_b)
    table = table[table["system"].str.startswith("dorfer-b")].set_index("system")
    assert table["published"].to_dict() == {"dorfer-b round 0": 0.9387, "dorfer-b round 1": 0.9556, "dorfer-b": 0.9601}
    found = {"dorfer-b round 0": "0.930000", "dorfer-b round 1": "0.940000", "dorfer-b": "0.900000"}
    assert table["ours"].to_dict() == found
    assert table["low"].notna().to_dict() == {name: name == "dorfer-b" for name in found}


def test_in_the_score_table_a_published_checkpoint_does_not_stand_for_the_system():
    published = json.loads(Plan(FULL).scoring.score_systems(SimpleNamespace(dataset="fsdkaggle2018")))["published"]
    assert [row["value"] for row in published if row["system"] == "dorfer-b"] == [0.9601]


@pytest.mark.parametrize(
    ("config", "dataset"),
    [(FULL, "fsdkaggle2018-demo"), (FULL | {"size": "demo"}, "fsdkaggle2018")],
    ids=["other data", "scaled down"],
)
def test_what_is_not_the_same_is_not_run_though_it_has_scores(compare, rounds_of_b, config, dataset):
    table = compare(config, dataset, [ours("dorfer", split) for split in ("public", "private", "all")], rounds_of_b)
    assert (table["ours"] == "not run").all()
