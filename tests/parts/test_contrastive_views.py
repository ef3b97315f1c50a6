"""Views for contrastive learning: patches in pairs, what is done to them, and the loss between them."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.augmentations import contrastive_views as views
from workflow_scripts.parts.losses import nt_xent
from workflow_scripts.parts.sampling import pairs
from workflow_scripts.parts.windows import patches, sliding
from workflow_scripts.training.batches import draw_batches

NO_DOUBT = None
SEGMENTS = pd.DataFrame({"clip": [0, 1, 2], "first": [0, 10, 14], "frames": [10, 4, 3], "minimum": 0.0})


# ------------------------------------------------------------------ windows


def test_patches_lie_anywhere_in_their_segment_independently():
    windows = patches.training_windows(pd.concat([SEGMENTS] * 200), np.random.default_rng(0), length=4, hop=2, draws=2)
    assert windows["clip"].tolist() == [0, 0, 1, 1, 2, 2] * 200, "the draws of a segment follow each other"
    assert (windows["length"] == 4).all()
    assert windows["repeat"].all(), "a shorter segment fills its patch"
    offsets = {clip: set(of["offset"]) for clip, of in windows.groupby("clip")}
    assert offsets == {0: set(range(7)), 1: {0}, 2: {0}}
    both = windows[windows["clip"] == 0]["offset"].to_numpy().reshape(-1, 2)
    assert abs(np.corrcoef(both.T)[0, 1]) < 5 / math.sqrt(200)


def test_patches_to_predict_follow_each_other_at_the_hop():
    windows = patches.inference_windows(SEGMENTS, length=4, hop=3, draws=2)
    assert windows[["clip", "offset"]].to_numpy().tolist() == [[0, 0], [0, 3], [0, 6], [1, 0], [2, 0]]
    pd.testing.assert_frame_equal(windows, sliding.inference_windows(SEGMENTS, length=4, hop=3))


# ------------------------------------------------------------------ sampling

CLIP_OF = np.repeat(np.arange(7), 2)  # of each window


def test_both_views_of_a_clip_stand_behind_each_other_and_no_clip_comes_twice():
    drawn = list(pairs.batches(CLIP_OF, 6, np.random.default_rng(0)))
    assert [len(chosen) for chosen, _ in drawn] == [6, 6], "the seventh clip waits for the next epoch"
    chosen = np.concatenate([chosen for chosen, _ in drawn]).reshape(-1, 2)
    assert (CLIP_OF[chosen[:, 0]] == CLIP_OF[chosen[:, 1]]).all()
    assert len(set(chosen.ravel())) == 12
    epochs = [np.concatenate([a for a, _ in pairs.batches(CLIP_OF, 6, np.random.default_rng(i))]) for i in range(20)]
    assert set(np.concatenate(epochs)) == set(range(14)), "another one waits"


def test_what_is_mixed_behind_two_views_is_of_two_other_clips():
    partners_of = {clip: set() for clip in range(3)}
    for seed in range(50):
        for chosen, partners in pairs.batches(CLIP_OF[:6], 6, np.random.default_rng(seed)):
            clips = np.stack([CLIP_OF[chosen], CLIP_OF[partners]], axis=1).reshape(-1, 2, 2)
            for (own, one), (_, other) in clips:
                assert len({own, one, other}) == 3
            for clip, partner in zip(CLIP_OF[chosen], partners, strict=True):
                partners_of[clip].add(int(partner))
    assert partners_of == {0: {2, 3, 4, 5}, 1: {0, 1, 4, 5}, 2: {0, 1, 2, 3}}, "any window of theirs"


def test_the_partners_of_a_clip_are_all_as_likely():
    steps = pairs._two_steps(5, 12_000, np.random.default_rng(0))
    _, counts = np.unique(steps, axis=0, return_counts=True)
    assert len(counts) == 4 * 3
    np.testing.assert_allclose(counts, 1000, atol=5 * math.sqrt(1000))


def test_fewer_clips_than_a_batch_make_one_and_of_more_windows_two_are_taken():
    three = np.repeat([4, 5, 9], 3)
    taken = set()
    for seed in range(20):
        ((chosen, _),) = pairs.batches(three, 128, np.random.default_rng(seed))
        assert sorted(three[chosen]) == [4, 4, 5, 5, 9, 9]
        assert len(set(chosen)) == 6
        taken |= set(chosen)
    assert taken == set(range(9))


@pytest.mark.parametrize(
    ("clip_of", "batch", "message"),
    [
        (CLIP_OF, 7, "training.batch: 7 is odd"),
        ([0, 0, 1, 1], 4, "three clips to learn from, and there are 2"),
        ([], 4, "three clips"),
        ([0, 0, 1, 1, 2], 4, "two windows of each clip"),
    ],
)
def test_what_cannot_be_paired_is_an_error_with_its_remedy(clip_of, batch, message):
    with pytest.raises(UserError, match=message):
        list(pairs.batches(np.array(clip_of, int), batch, np.random.default_rng(0)))


# ------------------------------------------------------------------ mix-back


def test_mix_back_by_hand():
    """Energies (1, 3) and (30, 10): the latter are scaled to a sum of 4, (3, 1), of which a quarter is taken."""
    x, b = torch.tensor([[[1.0, 3.0]]]).log10(), torch.tensor([[[30.0, 10.0]]]).log10()
    mixed = 10 ** views.mixed_back(x, b, torch.tensor([[[0.25]]]))
    assert mixed.flatten().tolist() == pytest.approx([0.75 * 1 + 0.25 * 3, 0.75 * 3 + 0.25 * 1])


def test_mix_back_keeps_the_energy_of_every_patch_and_does_not_hear_the_level_behind_it():
    x, b = torch.randn(3, 5, 4), torch.randn(3, 5, 4)
    share = torch.tensor([0.0, 0.03, 0.5]).reshape(3, 1, 1)
    mixed = views.mixed_back(x, b, share)
    torch.testing.assert_close((10**mixed).sum(dim=(1, 2)), (10**x).sum(dim=(1, 2)))
    torch.testing.assert_close(mixed[0], x[0], atol=1e-6, rtol=0)
    torch.testing.assert_close(views.mixed_back(x, b + 3, share), mixed)


# ------------------------------------------------------------------ random resized crop

RAMP = torch.arange(4.0).reshape(1, 4, 1).expand(1, 4, 4)  # frame i holds i
WHOLE = [0.0, 0.0, 1.0, 1.0]


def test_a_crop_of_the_whole_patch_changes_nothing():
    patch = torch.randn(2, 7, 5)
    torch.testing.assert_close(views.cropped(patch, torch.tensor([WHOLE, WHOLE])), patch)


def test_crops_by_hand():
    """Half as many frames: the new frames lie 1/2 apart, and -1/4 and 13/4 would lie beyond the ends."""
    halves = torch.tensor([[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 0.5, 1.0], [0.25, 0.0, 0.5, 1.0]])
    found = views.cropped(RAMP.expand(3, 4, 4), halves)
    expected = torch.tensor([[0, 0.25, 0.75, 1.25], [1.75, 2.25, 2.75, 3], [0.75, 1.25, 1.75, 2.25]])
    torch.testing.assert_close(found, expected[:, :, None].expand(3, 4, 4))
    of_bands = views.cropped(RAMP.transpose(1, 2), torch.tensor([[0.0, 0.25, 1.0, 0.5]]))
    torch.testing.assert_close(of_bands, expected[2].expand(1, 4, 4))


def drawn(count=1000, **parameters):
    return views.draw(count, np.random.default_rng(0), **parameters)


def test_crops_have_the_area_and_the_aspect_that_are_asked_for_and_lie_in_the_patch():
    first, size = drawn()[:, 1:3], drawn()[:, 3:5]
    area, aspect = size.prod(axis=1), size[:, 1] / size[:, 0]
    tried = aspect != 1
    assert tried.mean() > 0.95, "of ten attempts one fits, most of the time"
    assert area[tried].min() >= 0.8 - 1e-9
    assert 3 / 4 <= aspect.min() < 0.85
    assert 1.18 < aspect.max() <= 4 / 3
    assert first.min() >= 0
    assert (first + size).max() <= 1 + 1e-9
    assert first.max() > 0.1
    assert (drawn(area=[1, 1])[:, 1:5] == WHOLE).all(), "nothing else fits"


# ------------------------------------------------------------------ SpecAugment, noise


def test_masks_by_hand():
    patch = torch.arange(20.0).reshape(1, 5, 4) + 7
    # over frames: 2 of 5 at place 0.3 of four places, so from 1 on; none. Over bands: none; 1 of 4, the last.
    widths, places = torch.tensor([[2.0, 0, 0, 1]]), torch.tensor([[0.3, 0.9, 0.5, 0.99]])
    expected = patch[0].clone()
    expected[1:3] = 7
    expected[:, 3] = 7
    assert views.masked(patch, widths, places)[0].tolist() == expected.tolist()


def test_masks_wider_than_a_patch_cover_it_and_without_any_it_stays():
    patch = torch.randn(1, 5, 4)
    covered = views.masked(patch, torch.tensor([[20.0, 0]]), torch.tensor([[0.7, 0.0]]))
    assert (covered == patch.min()).all()
    assert torch.equal(views.masked(patch, torch.empty(1, 0), torch.empty(1, 0)), patch)


def test_noise_is_standard_normal_and_follows_from_its_seed():
    like = torch.empty(10, 100, 100)
    one = views.noise(like, 5)
    assert torch.equal(views.noise(like, 5), one)
    assert not torch.equal(views.noise(like, 6), one)
    moments = [float((one.double() ** power).mean()) for power in (1, 2, 4)]
    assert moments == pytest.approx([0, 1, 3], abs=5 * math.sqrt(96 / one.numel()))


# ------------------------------------------------------------------ all of it


def test_numbers_of_views():
    numbers = drawn(6, masks=2)
    assert numbers.shape == (6, 8 + 8)
    assert (numbers[0::2, 0] == numbers[1::2, 0]).all(), "one share for both views of a clip"
    assert len(set(numbers[:, 0])) == 3
    assert len(drawn(5)) == 5
    many = drawn(2000, masks=2)
    for column, least, most in [(0, 0, 0.05), (5, 0.75, 1), (6, 0, 0.01), (12, 0, 1)]:
        assert least <= many[:, column].min() < least + 0.01 * (most - least)
        assert most >= many[:, column].max() > most - 0.01 * (most - least)
    assert set(many[:, 8:12].ravel()) == set(range(21))
    seeds = many[:, 7]
    assert (seeds.astype(np.float32) == seeds).all(), "they survive float32"


def batch(count, of=1.0):
    rest = torch.rand(count, 1), torch.rand(count), torch.rand(count)
    return [of * torch.randn(count, 6, 4), *rest]


def test_compression_comes_before_the_masks_and_noise_after_them():
    own, partner = batch(2), batch(2)
    numbers = drawn(2, alpha=0, area=[1, 1], compression=[0.5, 0.5], deviation=[0, 0], masks=1, widest=0)
    numbers[:, 8] = 2  # frames, at place 0
    numbers[:, 10:] = 0
    mixed = views.mix(own, partner, torch.from_numpy(numbers).float())
    expected = own[0] / 2
    expected[:, :2] = expected.amin(dim=(1, 2), keepdim=True)
    torch.testing.assert_close(mixed[0], expected, atol=1e-5, rtol=0)
    numbers[:, 6] = [0.1, 0.2]
    noisy = views.mix(own, partner, torch.from_numpy(numbers).float())[0] - mixed[0]
    noise = views.noise(expected, int(numbers[0, 7]))
    torch.testing.assert_close(noisy, noise * torch.tensor([0.1, 0.2]).reshape(2, 1, 1), atol=1e-6, rtol=0)


def test_targets_weights_and_doubt_stay_those_of_the_example():
    own, partner = batch(4), batch(4)
    mixed = views.mix(own, partner, torch.from_numpy(drawn(4)).float())
    assert mixed[0].shape == own[0].shape
    assert all(a is b for a, b in zip(mixed[1:], own[1:], strict=True))


def test_all_random_numbers_of_an_epoch_come_from_its_generator():
    training = {"batch": 4, "sampling": {"name": "pairs"}, "augmentation": {"name": "contrastive_views", "masks": 2}}
    inputs, numbers = torch.randn(14, 6, 4), []
    for unrelated in (1, 2):
        torch.manual_seed(unrelated)
        chosen, partners, of_batches = draw_batches(training, CLIP_OF, np.random.default_rng(3))
        own, partner = [inputs[chosen[1]]], [inputs[partners[1]]]
        numbers.append(views.mix(own, partner, torch.from_numpy(of_batches[1]))[0])
    assert torch.equal(*numbers)


# ------------------------------------------------------------------ loss

ANGLES = torch.tensor([0, 60, 90, 180]).double().deg2rad()
LENGTHS = torch.tensor([[1.0], [2.0], [0.5], [3.0]]).double()
VECTORS = LENGTHS * torch.stack([ANGLES.cos(), ANGLES.sin()], dim=1)
NUMBERS = torch.tensor([[7.0], [3.0], [7.0], [3.0]])


def test_nt_xent_by_hand():
    """Cosines: 1/2 (0, 1), 0 (0, 2), -1 (0, 3), sqrt(3)/2 (1, 2), -1/2 (1, 3), 0 (2, 3); all over 1/2."""
    e, root = math.exp, math.sqrt(3)
    expected = [
        0 + math.log(e(1) + e(0) + e(-2)),
        1 + math.log(e(1) + e(root) + e(-1)),
        0 + math.log(e(0) + e(root) + e(0)),
        1 + math.log(e(-2) + e(-1) + e(0)),
    ]
    for dtype, tolerance in [(torch.float64, 1e-12), (torch.float32, 1e-6)]:
        losses = nt_xent.losses(VECTORS.to(dtype), NUMBERS, NO_DOUBT, temperature=0.5)
        assert losses.dtype == dtype
        assert losses.tolist() == pytest.approx(expected, rel=tolerance)
    assert nt_xent.losses(VECTORS.bfloat16(), NUMBERS, NO_DOUBT).dtype == torch.float32


def test_nt_xent_of_views_that_agree_is_small_and_of_all_the_same_the_logarithm_of_the_others():
    numbers = torch.arange(8.0).repeat_interleave(2)[:, None]
    agreeing = torch.eye(8).repeat_interleave(2, dim=0)
    expected = math.log(1 + 14 * math.exp(-1 / 0.2))
    assert nt_xent.losses(agreeing, numbers, NO_DOUBT).tolist() == pytest.approx([expected] * 16, rel=1e-5)
    same = torch.ones(16, 3)
    assert nt_xent.losses(same, numbers, NO_DOUBT).tolist() == pytest.approx([math.log(15)] * 16, rel=1e-5)


def test_the_gradient_of_nt_xent():
    torch.manual_seed(0)
    outputs = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    numbers = torch.tensor([[0.0], [1], [2], [2], [1], [0]])
    assert torch.autograd.gradcheck(lambda z: nt_xent.losses(z, numbers, NO_DOUBT, 0.2), outputs)


@pytest.mark.parametrize("numbers", [[0, 0, 1, 2], [0, 0, 0, 1], [0, 0, 0, 0]])
def test_an_example_without_just_one_partner_is_an_error(numbers):
    with pytest.raises(UserError, match="two views of each clip in a batch; take the sampling pairs"):
        nt_xent.losses(VECTORS, torch.tensor(numbers)[:, None], NO_DOUBT)
