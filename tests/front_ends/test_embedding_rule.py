"""Front ends whose frames are embeddings: which windows of a sound the network hears, what its vectors become."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from tests.parts.test_embeddings import matrix, written
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.data.front_end import frames_rule
from workflow_scripts.front_ends import extract_features
from workflow_scripts.parts.spectrograms import log_mel
from workflow_scripts.tables.clips import write_clips
from workflow_scripts.tables.features import read_features

RATE, WINDOW, HOP = 8000, 400, 150
INPUT = {"sample_rate": RATE, "window": WINDOW, "hop": HOP}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return written(tmp_path_factory.mktemp("model") / "a.onnx", ["batch", WINDOW], WINDOW, 3)


def front_end(pool=None, input=INPUT, values=3):
    return {"embedding": {"runtime": {"name": "onnx"}, "input": input, "values": values, "pool": pool}}


def noise(length, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, length).astype(np.float32)


def vectors_of(samples, starts):
    """What the model says of the windows that begin there, zeros after the end."""
    padded = np.pad(samples, (0, WINDOW))
    return np.stack([padded[start : start + WINDOW] for start in starts]) @ matrix(WINDOW, 3)


@pytest.mark.parametrize(
    ("length", "starts"),
    [
        (WINDOW + 2 * HOP, [0, 150, 300]),
        (WINDOW + 2 * HOP + 1, [0, 150, 300, 301]),
        (WINDOW + 2 * HOP - 1, [0, 150, 299]),
        (WINDOW + 1, [0, 1]),
        (WINDOW, [0]),
        (WINDOW - 1, [0]),
        (1, [0]),
    ],
)
def test_a_window_starts_every_hop_and_the_last_one_ends_with_the_sound(model, length, starts):
    (vectors,) = frames_rule(front_end(), model).spectrograms(noise(length), RATE, [(0, length)])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, vectors_of(noise(length), starts), atol=1e-4)


@pytest.mark.parametrize(
    ("pool", "pooled"),
    [
        (["mean"], lambda vectors: vectors.mean(axis=0)),
        (["max"], lambda vectors: vectors.max(axis=0)),
        (["max", "mean"], lambda vectors: np.concatenate([vectors.max(axis=0), vectors.mean(axis=0)])),
    ],
)
def test_pooled_vectors_are_one_frame_a_segment(model, pool, pooled):
    samples = noise(1000)
    found = frames_rule(front_end(pool), model).spectrograms(samples, RATE, [(0, 1000), (100, 300)])
    expected = [vectors_of(samples, [0, 150, 300, 450, 600]), vectors_of(samples[100:300], [0])]
    for frame, vectors in zip(found, expected, strict=True):
        np.testing.assert_allclose(frame, [pooled(vectors)], atol=1e-4)


def test_a_network_hears_at_its_own_rate(model):
    samples = noise(6000)
    (vectors,) = frames_rule(front_end(), model).spectrograms(samples, 3 * RATE, [(0, 6000)])
    expected = vectors_of(resample(samples, 3 * RATE, RATE), [*range(0, 1600, 150), 1600])
    np.testing.assert_allclose(vectors, expected, atol=1e-4)


def test_a_network_can_take_the_spectrogram_of_each_window(tmp_path):
    """As of the window alone: what lies around it is not in it."""
    spectrogram = {"name": "log_mel", "hop": 100, "bands": 8}
    patches = [log_mel.spectrogram(noise(800)[start : start + WINDOW], RATE, hop=100, bands=8) for start in (0, 400)]
    frames, bands = patches[0].shape
    path = written(tmp_path / "a.onnx", ["batch", frames, bands], frames * bands, 3)
    inside = INPUT | {"hop": WINDOW, "spectrogram": spectrogram}
    (vectors,) = frames_rule(front_end(input=inside), path).spectrograms(noise(800), RATE, [(0, 800)])
    expected = np.stack([patch.ravel() for patch in patches]) @ matrix(frames * bands, 3)
    np.testing.assert_allclose(vectors, expected, rtol=1e-4, atol=1e-3)


def test_the_stage_stores_what_the_rule_says_whatever_the_threads(model, tmp_path):
    sounds = {"a.wav": noise(1000, 1), "silent.wav": np.zeros(900, np.float32), "empty.wav": np.zeros(0, np.float32)}
    for fname, samples in sounds.items():
        soundfile.write(tmp_path / fname, samples, RATE, subtype="FLOAT")
    table = pd.DataFrame({"fname": list(sounds), "seconds": [len(samples) / RATE for samples in sounds.values()]})
    table["path"] = [str(tmp_path / fname) for fname in sounds]
    others = {"split": "train", "label": "Bark", "manually_verified": 1}
    others |= dict.fromkeys(["usage", "subsets", "group", "fold", "md5"], "")
    write_clips(table.assign(**others), tmp_path / "clips.csv")
    contents = []
    for threads in (1, 3):
        files = {name: tmp_path / f"{name}.csv" for name in ("clips", "segments", "problems", "index")}
        settings = extract_features.Settings(silence={"name": "keep_all"}, **front_end(["mean"]))
        files |= {"frames": tmp_path / "frames.npy", "weights": [model]}
        extract_features.main(**files, settings=settings, threads=threads)
        contents.append((files["frames"].read_bytes(), files["index"].read_bytes()))
    assert contents[0] == contents[1]
    store = read_features(files["frames"], files["index"])
    assert store.index["fname"].tolist() == ["a.wav", "silent.wav"]
    expected = [vectors_of(sounds["a.wav"], [0, 150, 300, 450, 600]).mean(axis=0), np.zeros(3)]
    np.testing.assert_allclose(store.frames, expected, atol=1e-4)
