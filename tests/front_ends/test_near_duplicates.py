"""Clips that sound nearly the same: the pairs by hand, and what the table says of them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.front_ends import find_near_duplicates, near_duplicates
from workflow_scripts.front_ends.near_duplicates import alike
from workflow_scripts.study.plan import Plan
from workflow_scripts.tables.audio_facts import AudioFacts, write_audio_facts
from workflow_scripts.tables.clips import Clips, write_clips
from workflow_scripts.tables.features import write_features
from workflow_scripts.tables.near_duplicates import NearDuplicates, read_near_duplicates

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def direction(degrees, length=1.0):
    return [length * np.cos(np.radians(degrees)), length * np.sin(np.radians(degrees))]


def test_pairs_by_hand():
    """The cosine of an angle is at least 0.98 up to 11.48 degrees; lengths do not matter."""
    vectors = np.array([direction(0), direction(90), direction(11, 5), direction(78, 0.1), direction(12), [0, 0]])
    found = list(alike(vectors, 0.98))
    assert [(first, second) for first, second, _ in found] == [(0, 2), (2, 4)]
    assert [cosine for *_, cosine in found] == pytest.approx([np.cos(np.radians(11)), np.cos(np.radians(1))])
    assert {(first, second) for first, second, _ in alike(vectors, 0.97)} == {(0, 2), (0, 4), (1, 3), (2, 4)}


def test_of_many_that_are_alike_the_nearest_are_told_of(monkeypatch):
    monkeypatch.setattr(near_duplicates, "NEAREST", 2)
    vectors = np.array([direction(angle) for angle in (0, 4, 1, 3, 1)])
    assert [pair[:2] for pair in alike(vectors, 0.9)][:2] == [(0, 2), (0, 4)], "the first of equals first"
    assert [pair[:2] for pair in alike(np.ones((4, 3)), 0.9)] == [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 6), st.floats(-1, 0.99))
def test_blocks_make_no_difference(seed, count, block, least):
    vectors = np.random.default_rng(seed).normal(size=(count, 3))
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ vectors.T / np.outer(lengths, lengths)
    expected = {(i, j) for i in range(count) for j in range(i + 1, count) if cosines[i, j] >= least}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "BLOCK", block)
        found = list(alike(vectors, least))
    assert {(first, second) for first, second, _ in found} == expected
    assert [cosine for *_, cosine in found] == pytest.approx([cosines[pair[:2]] for pair in found])


# ---------------------------------------------------------------- the stage

CLIPS = [  # name, split, label, content, degrees of each frame of its segments
    ("a", "train", "Bark", "p", [[0, 20], [40]]),  # 20 on average
    ("b", "train", "Bark", "q", [[23]]),
    ("c", "test", "Meow", "q", [[23]]),
    ("d", "train", "Meow", "r", [[75]]),
    ("e", "test", "Purr,Meow", "", [[70]]),
    ("empty", "train", "Bark", "", []),
    ("f", "test", "Bark", "", [[120]]),
    ("g", "test", "Bark", "", [[120]]),
]


@pytest.fixture
def pairs(tmp_path):
    rows = [
        dict.fromkeys(Clips.columns, "")
        | {"fname": name, "split": split, "label": label, "manually_verified": 1, "seconds": float(bool(parts))}
        for name, split, label, _, parts in CLIPS
    ]
    write_clips(pd.DataFrame(rows), tmp_path / "clips.csv")
    facts = [
        dict.fromkeys(AudioFacts.columns, 0)
        | {"fname": name, "state": "ok" if parts else "empty", "message": "", "md5": name, "content": content}
        for name, _, _, content, parts in [*CLIPS, ("left out", "", "", "q", [])]
    ]
    write_audio_facts(pd.DataFrame(facts), tmp_path / "audio.csv")
    parts = [
        (name, number, np.array([direction(angle) for angle in part], np.float32))
        for name, *_, segments in CLIPS
        for number, part in enumerate(segments)
    ]
    write_features(reversed(parts), tmp_path / "frames.npy", tmp_path / "index.csv")
    files = {"clips": "clips.csv", "facts": "audio.csv", "frames": "frames.npy", "index": "index.csv"}
    files = {key: tmp_path / name for key, name in files.items()} | {"pairs": tmp_path / "pairs.csv"}
    settings = find_near_duplicates.Settings()
    find_near_duplicates.main(**files, settings=settings)
    first = files["pairs"].read_bytes()
    find_near_duplicates.main(**files, settings=settings)
    assert files["pairs"].read_bytes() == first
    return read_near_duplicates(files["pairs"])


def test_pairs_in_train_and_test_come_first_and_then_the_nearest(pairs):
    assert list(pairs) == list(NearDuplicates.columns)
    expected = [
        ("b", "c", "train", "test", "Bark", "Meow", 1.0, 1),
        ("a", "c", "train", "test", "Bark", "Meow", 0.99863, 0),
        ("d", "e", "train", "test", "Meow", "Purr,Meow", 0.996195, 0),
        ("f", "g", "test", "test", "Bark", "Bark", 1.0, 0),
        ("a", "b", "train", "train", "Bark", "Bark", 0.99863, 0),
    ]
    assert [row[:6] for row in pairs.itertuples(index=False)] == [row[:6] for row in expected]
    np.testing.assert_allclose(pairs["cosine"], [row[6] for row in expected], atol=2e-6)
    assert pairs["same_content"].tolist() == [row[7] for row in expected]


# ---------------------------------------------------------------- the plan


def test_the_embeddings_are_those_of_a_system_of_the_run():
    wildcards = SimpleNamespace(dataset="fsdkaggle2018-demo")
    folder = "results/fsdkaggle2018-demo/features/yamnet-pooled"
    plan = Plan(CONFIG | {"systems": ["dorfer-a", "yamnet-knn", "yamnet-linear"]})
    found = plan.front_ends.embeddings(wildcards)
    assert found == {"frames": f"{folder}/frames.npy", "index": f"{folder}/index.csv"}
    with pytest.raises(UserError) as caught:
        Plan(CONFIG).front_ends.embeddings(wildcards)
    message = str(caught.value)
    assert message.startswith(
        "results/fsdkaggle2018-demo/near_duplicates.csv: no system of config.yaml hears embeddings"
    )
    assert "yamnet-linear" in message
    assert "\n" not in message
