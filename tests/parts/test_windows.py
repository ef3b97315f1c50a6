"""Cutting segments into windows, and gathering them."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.windows import chunks, consecutive, placed_copies, random_crop, sliding
from workflow_scripts.study.recipes import read_recipe
from workflow_scripts.training.frame_bank import FrameBank
from workflow_scripts.training.model import Standardise
from workflow_scripts.training.segments import WindowCutter, segments_of

FRAMES = np.arange(20, dtype=np.float32).reshape(10, 2)  # frame i holds (2 i, 2 i + 1)
SEGMENTS = pd.DataFrame(
    {"clip": [0, 1, 1], "segment": [0, 0, 1], "first": [0, 3, 7], "frames": [3, 4, 3], "minimum": [0.0, 6.0, 14.0]}
)


def frames_of(windows):
    """Return which frame of FRAMES each gathered row is, by its first value; -k for the padding value k."""
    return FrameBank(FRAMES, torch.device("cpu")).windows(windows).gather(slice(None))[:, :, 0].div(2).int().tolist()


def test_inference_repeats_each_segment_to_the_tiled_length():
    windows = random_crop.inference_windows(SEGMENTS, frames=2, tiled=5)
    assert frames_of(windows) == [[0, 1, 2, 0, 1], [3, 4, 5, 6, 3], [7, 8, 9, 7, 8]]


def test_a_crop_lies_anywhere_in_the_repeated_segment_but_at_the_last_offset():
    rng = np.random.default_rng(0)
    many = pd.concat([SEGMENTS.iloc[[0]]] * 500)
    windows = random_crop.training_windows(many, rng, frames=2, tiled=5)
    assert sorted(set(windows["offset"])) == [0, 1, 2]
    assert {tuple(row) for row in frames_of(windows)} == {(0, 1), (1, 2), (2, 0)}


def test_a_crop_as_long_as_the_tiled_version_starts_at_its_front():
    windows = random_crop.training_windows(SEGMENTS, np.random.default_rng(0), frames=4, tiled=4)
    assert windows["offset"].tolist() == [0, 0, 0]


def test_frames_behind_the_tiled_length_are_never_read():
    one = SEGMENTS.iloc[[0]].assign(first=0, frames=10)
    windows = random_crop.inference_windows(one, frames=2, tiled=4)
    assert frames_of(windows) == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    ("frames", "offsets"),
    [
        (1, [0]),  # short: one chunk, padded
        (128, [0]),
        (159, [15]),  # remainder 31: centre, offset 31 // 2
        (160, [0, 32]),  # remainder 32: a second chunk aligned to the end
        (256, [0, 128]),
        (287, [15, 143]),
        (383, [0, 128, 255]),
    ],
)
def test_the_three_length_cases_of_chunks(frames, offsets):
    assert chunks.chunk_offsets(frames, length=128, least_remainder=32) == offsets


@given(st.integers(1, 3000), st.integers(1, 200))
def test_chunks_stay_inside_a_long_segment_and_leave_little_out(frames, length):
    least = max(length // 4, 1)
    offsets = chunks.chunk_offsets(frames, length, least)
    assert len(offsets) >= 1
    if frames >= length:
        covered = {i for o in offsets for i in range(o, o + length)}
        assert min(covered) >= 0
        assert max(covered) < frames
        assert frames - len(covered) < least


def test_a_short_chunk_ends_in_its_segments_minimum():
    windows = chunks.inference_windows(SEGMENTS, length=4, least_remainder=1)
    gathered = FrameBank(FRAMES, torch.device("cpu")).windows(windows).gather(slice(None))
    assert gathered[0].tolist() == [[0, 1], [2, 3], [4, 5], [0, 0]]
    assert gathered[1].tolist() == FRAMES[3:7].tolist()
    assert gathered[2, 3].tolist() == [14, 14]
    assert windows["clip"].tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("frames", "offsets"),
    [
        (1, [0]),
        (500, [0]),
        (501, [0]),  # the last frame of ten seconds is dropped
        (549, [0]),
        (550, [0, 500]),  # a tenth of a window is not
        (1000, [0, 500]),
        (1020, [0, 500]),
    ],
)
def test_consecutive_windows_drop_a_rest_of_less_than_a_tenth(frames, offsets):
    assert consecutive.window_offsets(frames, length=500, least_share=0.1) == offsets


@pytest.mark.parametrize(
    ("frames", "offsets"), [(2, [0]), (6, [0]), (7, [0, 6]), (12, [0, 6]), (13, [0, 6, 12]), (17, [0, 6, 12])]
)
def test_what_is_left_of_a_segment_can_be_a_window_that_goes_on_at_its_beginning(frames, offsets):
    segment = SEGMENTS.iloc[:1].assign(frames=frames)
    table = sliding.inference_windows(segment, length=6, hop=6, wrap=True)
    assert table["offset"].tolist() == offsets
    assert table["repeat"].all()


def test_what_a_consecutive_window_lacks_is_no_number_and_becomes_the_mean():
    windows = consecutive.inference_windows(SEGMENTS, length=4, least_share=0.1)
    gathered = FrameBank(FRAMES, torch.device("cpu")).windows(windows).gather(slice(None))
    assert gathered[0, :3].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert gathered[0, 3].isnan().all()
    layer = Standardise()
    layer.mean, layer.deviation = torch.tensor([4.0, 5.0]), torch.tensor([2.0, 1.0])
    assert layer(gathered)[0].tolist() == [[-2, -4], [-1, -2], [0, 0], [0, 0]]
    same = consecutive.training_windows(SEGMENTS, np.random.default_rng(0), length=4, least_share=0.1)
    pd.testing.assert_frame_equal(same, windows)


def test_a_short_segment_lies_at_every_place_and_a_long_one_is_cropped_at_every_step():
    segments = SEGMENTS.iloc[:2].assign(first=[0, 3], frames=[3, 7])
    windows = placed_copies.inference_windows(segments, length=5, hop=1)
    first, second = frames_of(windows)[:3], frames_of(windows)[3:]
    assert first == [[0, 1, 2, 0, 0], [0, 0, 1, 2, 0], [0, 0, 0, 1, 2]]  # frame 0 holds 0, as zeros do
    assert second == [[3, 4, 5, 6, 7], [4, 5, 6, 7, 8], [5, 6, 7, 8, 9]]
    assert windows["clip"].tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("frames", "offsets"),
    [
        (1, [0, -5120, -10240, -15360]),
        (10_241, [0, -5120]),
        (20_000, [0]),
        (25_119, [0]),
        (25_120, [0, 5120]),
        (30_241, [0, 5120, 10240]),
    ],
)
def test_places_are_5120_samples_apart(frames, offsets):
    windows = placed_copies.inference_windows(SEGMENTS.iloc[[0]].assign(frames=frames), length=20_000)
    assert windows["offset"].tolist() == offsets


def test_a_training_excerpt_is_a_random_crop_or_the_segment_at_a_random_place_among_zeros():
    many = pd.concat([SEGMENTS.iloc[[1]]] * 300)  # frames 3 to 6, minimum 6
    longer, shorter = (
        placed_copies.training_windows(many, np.random.default_rng(0), length=length, hop=1) for length in (2, 6)
    )
    assert {tuple(row) for row in frames_of(longer)} == {(3, 4), (4, 5), (5, 6)}
    assert {tuple(row) for row in frames_of(shorter)} == {(3, 4, 5, 6, 0, 0), (0, 3, 4, 5, 6, 0), (0, 0, 3, 4, 5, 6)}


def test_no_segment_gives_no_window():
    assert placed_copies.inference_windows(SEGMENTS.iloc[:0], length=5).empty


def test_segments_are_numbered_by_the_callers_clips():
    index = pd.DataFrame({"fname": ["b", "a", "b", "c"], "segment": [1, 0, 0, 0], "first": [3, 0, 2, 9]})
    clips = pd.DataFrame({"seconds": [1.0, 0.0, 1.0]}, index=["c", "empty", "b"])
    found = segments_of(index, clips)
    assert found[["clip", "first"]].to_numpy().tolist() == [[0, 9], [2, 2], [2, 3]]


def test_a_clip_with_sound_that_the_store_lacks_is_an_error():
    index = pd.DataFrame({"fname": ["a"], "segment": [0]})
    with pytest.raises(UserError, match="lacks 1 clips, the first is b"):
        segments_of(index, pd.DataFrame({"seconds": [1.0, 1.0]}, index=["a", "b"]))


@pytest.mark.parametrize(
    ("frames", "published", "all_that_fit"),  # max(1, ceil((frames - 100) / 50)), and with those that end a clip
    [(99, 1, 1), (100, 1, 1), (101, 1, 1), (149, 1, 1), (150, 1, 2), (151, 2, 2), (200, 2, 3), (201, 3, 3)],
)
def test_patches_of_fsdnoisy18ks_baseline(frames, published, all_that_fit):
    settings = read_recipe("fsdnoisy18k-baseline", {})["windows"]
    segments = SEGMENTS.iloc[[0]].assign(frames=frames)
    for flag, count in ((True, published), (False, all_that_fit)):
        cut = WindowCutter(settings | {"drop_exact_end": flag})
        for windows in (cut.inference(segments), cut.training(segments, None)):
            assert windows["offset"].tolist() == [50 * number for number in range(count)]
            assert set(windows["length"]) == {100}
    assert settings["drop_exact_end"]
