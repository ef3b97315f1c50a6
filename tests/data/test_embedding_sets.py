"""Data sets whose clips are embeddings, without any sound: their listing, their feature store, and mistakes in them."""

import numpy as np
import pytest
import yaml

from tests.refusals import refusal
from tests.tfrecords import EmbeddingSet
from workflow_scripts.data.audioset_embeddings import read_examples
from workflow_scripts.data.clip_table import clip_table
from workflow_scripts.data.list_embeddings import Settings, main
from workflow_scripts.front_ends import gather_embeddings
from workflow_scripts.study.datasets import read_dataset
from workflow_scripts.tables.audio_facts import read_audio_facts
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.features import read_features
from workflow_scripts.tables.listing import read_listing


@pytest.fixture
def mine(tmp_path):
    return EmbeddingSet(tmp_path)


def listed(mine, folder):
    tables = read_dataset(str(mine.file))["tables"]
    keys = ("file", "split", "usage", "manually_verified", "label_names")
    settings = Settings(str(mine.folder), {name: {key: t[key] for key in keys} for name, t in tables.items()}, "")
    main(settings=settings, listing=folder / "listing.csv", facts=folder / "audio.csv")
    return read_listing(folder / "listing.csv"), read_audio_facts(folder / "audio.csv")


def test_every_record_is_a_clip_with_the_names_of_its_labels(mine, tmp_path):
    listing, facts = listed(mine, tmp_path)
    assert listing["split"].value_counts().to_dict() == {"train": 30, "test": 8}
    assert listing.loc["video000000", ["label", "manually_verified"]].tolist() == ["/m/a,/t/c", 1]
    assert listing.loc["video000001", "label"] == "/m/b"
    assert listing.loc["video000016", "row"] == f"{mine.folder}/bal_train/01.tfrecord, record 2"
    assert facts.loc[["video000000", "video000001"], "seconds"].tolist() == [3, 10]
    clips, problems = clip_table(listing, facts, "refuse")
    assert len(clips) == 38 and problems == []


def test_the_feature_store_holds_the_vectors_of_every_clip(mine, tmp_path):
    clips, _ = clip_table(*listed(mine, tmp_path), "refuse")
    write_clips(clips, tmp_path / "clips.csv")
    names = ("segments", "problems", "frames", "index")
    paths = {name: tmp_path / f"{name}.{'npy' if name == 'frames' else 'csv'}" for name in names}
    gather_embeddings.main(clips=tmp_path / "clips.csv", **paths, settings=gather_embeddings.Settings())
    store = read_features(paths["frames"], paths["index"])
    rows = store.index.set_index("fname")
    for example in read_examples(mine.folder / "eval/01.tfrecord"):
        first, frames = rows.loc[example.video, ["first", "frames"]].astype(int)
        assert np.array_equal(store.frames[first : first + frames] * 128 + 128, example.embeddings)
    assert len(rows) == 38


def test_mistakes_are_told_with_the_record(mine, tmp_path):
    file = mine.folder / "eval/02.tfrecord"
    row = mine.vector([0], np.random.default_rng(0))
    file.write_bytes(mine.record("video000001", [0], [row]))
    said = refusal(listed, mine, tmp_path)
    assert said.startswith(f"{file}, record 1: the video video000001 already stands in {mine.folder}/bal_train/00")
    file.write_bytes(mine.record("new", [0], [row]) + mine.record("other", [3], [row]))
    assert f"{file}, record 2: labels.csv has no label 3" in refusal(listed, mine, tmp_path)
    file.unlink()
    (mine.folder / "labels.csv").write_text("number,name\n0,a\n")
    assert "labels.csv: column 'index' is missing" in refusal(listed, mine, tmp_path)
    for old in (mine.folder / "eval").glob("*"):
        old.unlink()
    (mine.folder / "labels.csv").write_text("index,mid\n0,a\n1,b\n2,c\n")
    assert f"{mine.folder}/eval: no *.tfrecord files in it" in refusal(listed, mine, tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"audio": "x"}, "tables.test: the format audioset_embeddings has no `audio`"),
        ({"label_names": None}, "tables.test: the format audioset_embeddings needs `label_names`"),
        ({"format": "one_label", "label_names": None, "audio": "x"}, "where one table has the format audioset_emb"),
        ({"format": "one_label", "label_names": None}, "tables.test: the format one_label needs `audio`"),
        ({"format": "one_label", "audio": "x"}, "tables.test: the format one_label has no `label_names`"),
    ],
)
def test_a_table_has_audio_or_names_of_labels(changes, words, mine):
    table = mine.dataset["tables"]["test"] | changes
    mine.dataset["tables"]["test"] = {key: value for key, value in table.items() if value is not None}
    mine.file.write_text(yaml.safe_dump(mine.dataset))
    assert words in refusal(read_dataset, str(mine.file))
