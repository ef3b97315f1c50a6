"""Soundscapes: what is mixed is what the label files say."""

import hashlib
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import mix_soundscapes
from workflow_scripts.data.soundscapes.mixing import soundscape
from workflow_scripts.data.soundscapes.recordings import sounding_pieces
from workflow_scripts.tables.clips import write_clips

RATE = 8000
SECONDS = 10


def tone(seconds, hertz=440):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


# ---------------------------------------------------------------- recordings


def test_pieces_are_what_lies_between_pauses():
    silence = np.zeros(RATE)
    recording = np.concatenate([silence, tone(0.4), silence[: RATE // 4], tone(0.2), silence[: RATE // 10], tone(0.3)])
    lengths = [len(piece) / RATE for piece in sounding_pieces(recording, RATE)]
    assert lengths == pytest.approx([0.4, 0.6], abs=0.01), "a tenth of a second is no pause"


def test_silence_has_no_pieces():
    assert sounding_pieces(np.zeros(RATE), RATE) == []
    assert sounding_pieces(np.zeros(0), RATE) == []


# ---------------------------------------------------------------- one soundscape

RECORDINGS = {
    "Beep": [[tone(0.3), tone(0.1)], [tone(0.5, 600)]],
    "Hum": [[tone(1.0, 110)], [tone(2.0, 120)], [tone(0.7, 130)]],
    "Long": [[tone(12.0, 900)]],
}
LENGTHS = {"Hum": (4, 14)}


@given(st.integers(0, 2**32))
def test_events_follow_the_rules_of_annotation(seed):
    samples, events = soundscape(RECORDINGS, LENGTHS, SECONDS, RATE, np.random.default_rng(seed))
    assert samples.dtype == np.float32
    assert len(samples) == SECONDS * RATE
    assert np.abs(samples).max() <= 0.9 + 1e-6
    assert 1 <= len({label for *_, label in events}) <= 3
    ends = defaultdict(lambda: -np.inf)
    for onset, offset, label in events:
        assert 0 <= onset < offset <= SECONDS + 1e-9
        assert offset - onset >= 0.25 - 1e-9
        assert onset - ends[label] >= 0.15 - 1 / RATE, "a shorter pause would be none"
        ends[label] = offset


def test_events_are_heard_where_they_are_said_to_be():
    """Their level is at least 15 dB above that of the noise, on the whole of each."""
    for seed in range(10):
        recordings = {"Beep": RECORDINGS["Beep"]}
        samples, events = soundscape(recordings, {}, SECONDS, RATE, np.random.default_rng(seed))
        active = np.zeros(len(samples), bool)
        for onset, offset, _ in events:
            active[round(onset * RATE) : round(offset * RATE)] = True
        loud, quiet = (np.sqrt(np.mean(samples[part] ** 2)) for part in (active, ~active))
        assert loud > 3 * quiet


def test_long_events_are_as_long_as_asked_for_or_end_with_the_soundscape():
    lengths = []
    for seed in range(200):
        _, events = soundscape({"Hum": RECORDINGS["Hum"]}, LENGTHS, SECONDS, RATE, np.random.default_rng(seed))
        ((onset, offset, _),) = events
        lengths.append(offset - onset)
    assert min(lengths) == pytest.approx(4, abs=0.3)
    share = np.mean(np.array(lengths) > SECONDS - 0.01)
    assert share == pytest.approx(0.4, abs=0.1), "of 4 to 14 s, four tenths are above 10"


# ---------------------------------------------------------------- the stage

CLASSES = ["Beep", "Hum"]
TABLE = {"delimiter": "\t"}


def column_names(**others):
    none = {"manually_verified": None, "usage": None, "group": None, "fold": None}
    names = {"fname": "filename", "label": "event_label", "onset": "onset", "offset": "offset"}
    return none | names | others


SETTINGS = {
    "classes": CLASSES,
    "soundscapes": {
        "of": "mine",
        "seed": 1,
        "seconds": 2,
        "rate": RATE,
        "lengths": {},
        "parts": {
            "weak": {"clips": 6, "recordings": "verified", "groups": 2},
            "pool": {"clips": 3, "recordings": "unverified"},
            "test": {"clips": 3, "recordings": "test"},
        },
    },
    "tables": {
        "weak": {
            "file": "soundscapes/meta/weak.csv",
            "audio": "soundscapes/audio/weak",
            "format": "several_labels",
            "columns": column_names(label="event_labels", group="group"),
        },
        "pool": {
            "file": "soundscapes/meta/pool.csv",
            "audio": "soundscapes/audio/pool",
            "format": "no_labels",
            "columns": column_names(),
        },
        "test": {
            "file": "soundscapes/meta/test.csv",
            "audio": "soundscapes/audio/test",
            "format": "events",
            "columns": column_names(),
        },
    },
}


@pytest.fixture
def clips(tmp_path):
    """A clip table: of each class four verified recordings, two unverified and two for the test; each has its pitch."""
    rows = []
    for number in range(16):
        label, kind = CLASSES[number % 2], number // 2
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, tone(0.5, 200 + 100 * number), RATE)
        split, verified = ("test", 1) if kind >= 6 else ("train", int(kind < 4))
        rows.append({"fname": path.name, "split": split, "label": label, "manually_verified": verified})
    table = pd.DataFrame(rows).assign(usage="", subsets="", group="", fold="", seconds=0.5, md5="")
    table["path"] = [str(tmp_path / fname) for fname in table["fname"]]
    write_clips(table, tmp_path / "clips.csv")
    return tmp_path / "clips.csv"


def mix(clips, folder, settings=SETTINGS, threads=2):
    settings = mix_soundscapes.Settings(**settings)
    mix_soundscapes.main(
        clips=clips, folder=folder, manifest=folder.with_suffix(".csv"), settings=settings, threads=threads
    )
    return {name: pd.read_csv(folder / f"meta/{name}.csv", sep="\t") for name in ("weak", "pool", "test")}


def test_the_label_files_have_the_challenge_s_form(clips, tmp_path):
    tables = mix(clips, tmp_path / "mixed")
    assert {name: list(table.columns) for name, table in tables.items()} == {
        "weak": ["filename", "event_labels", "group"],
        "pool": ["filename"],
        "test": ["filename", "onset", "offset", "event_label"],
    }
    assert tables["weak"]["group"].tolist() == [0, 1, 0, 1, 0, 1]
    assert set(tables["weak"]["event_labels"]) <= {"Beep", "Hum", "Beep,Hum"}
    for name, count in (("weak", 6), ("pool", 3), ("test", 3)):
        files = sorted((tmp_path / f"mixed/audio/{name}").iterdir())
        assert [path.name for path in files] == sorted(tables[name]["filename"].unique())
        assert len(files) == count
        assert {soundfile.info(path).duration for path in files} == {2.0}


def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(clips, tmp_path):
    mix(clips, tmp_path / "a", threads=1)
    mix(clips, tmp_path / "b", threads=4)
    manifests = [pd.read_csv(tmp_path / f"{name}.csv") for name in "ab"]
    pd.testing.assert_frame_equal(*manifests)
    path, size, digest = manifests[0].iloc[0]
    content = (tmp_path / "a" / path).read_bytes()
    assert (len(content), hashlib.md5(content).hexdigest()) == (size, digest)
    other = SETTINGS | {"soundscapes": SETTINGS["soundscapes"] | {"seed": 2}}
    mix(clips, tmp_path / "c", other)
    sound = manifests[0]["path"].str.endswith(".flac")
    assert not (pd.read_csv(tmp_path / "c.csv")["md5"] == manifests[0]["md5"])[sound].any()


def test_no_recording_is_in_two_parts_or_two_groups(clips, tmp_path, monkeypatch):
    used = defaultdict(set)

    def listen(recordings, lengths, seconds, rate, rng):
        heard = {round(1000 * piece[7].item()) for own in recordings.values() for (piece,) in own}
        used[frozenset(heard)].add(len(used))
        return soundscape(recordings, lengths, seconds, rate, rng)

    monkeypatch.setattr(mix_soundscapes, "soundscape", listen)
    mix(clips, tmp_path / "mixed")
    kinds = list(used)
    assert sorted(map(len, kinds)) == [4, 4, 4, 4], "two groups of four verified recordings, and the others"
    assert sum(map(len, kinds)) == len(frozenset().union(*kinds)) == 16


def test_without_a_recording_there_is_one_line(clips, tmp_path):
    with pytest.raises(UserError, match="no recording"):
        mix(clips, tmp_path / "mixed", SETTINGS | {"classes": ["Cow"]})
    assert not (tmp_path / "mixed").exists()
