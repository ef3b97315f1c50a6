"""Views of log-mel patches for contrastive learning (Fonseca et al. 2021): mix-back, then light distortions.

Inputs are log10 of energies, [batch, frames, bands]. In this order: mix-back, random resized crop, compression,
SpecAugment (off by default), Gaussian noise. All of it keeps the label, so it serves supervised trainings, too.
"""

import numpy as np
import torch
from torch.nn.functional import grid_sample

KEEPS_LABELS = True
ATTEMPTS = 10  # at a crop that fits; then the whole patch is taken
SEEDS = 2**24  # whole numbers below it are exact in float32


def draw(
    count,
    rng,
    alpha=0.05,
    area=(0.8, 1.0),
    aspect=(3 / 4, 4 / 3),
    compression=(0.75, 1.0),
    deviation=(0.0, 0.01),
    masks=0,
    widest=20,
):
    """Return [count, 8 + 4 x ``masks``]: all random numbers of ``count`` views.

    ``alpha``: the largest share of what is mixed behind a view, drawn once for rows 0 and 1, 2 and 3, ..., the pairs of
    the sampling ``pairs``; what follows is drawn for each view. ``area`` of a crop, as a share of the patch, uniform;
    ``aspect``: its bands by its frames, beside the patch's own (so 1 keeps the shape), uniform in the logarithm.
    ``compression``: factor on the log-mel values. ``deviation``: standard deviation of the noise. ``masks``: of
    SpecAugment, so many over frames and as many over bands (2 in the paper), each 0 to ``widest`` wide.
    """
    shares = rng.uniform(0, alpha, -(-count // 2)).repeat(2)[:count]
    columns = [
        shares,
        _crops(count, rng, area, aspect),
        rng.uniform(*compression, count),
        rng.uniform(*deviation, count),
        rng.integers(SEEDS, size=count),
        rng.integers(0, widest + 1, (count, 2 * masks)),
        rng.uniform(size=(count, 2 * masks)),
    ]
    return np.column_stack(columns)


def mix(own, partner, drawn):
    """Return the views of the patches in ``own``, whose targets, weights and doubt stay as they are."""
    masks = (drawn.shape[1] - 8) // 4
    share, crops, factor, deviation, seeds, widths, places = drawn.split([1, 4, 1, 1, 1, 2 * masks, 2 * masks], dim=1)
    views = mixed_back(own[0], partner[0], share[:, :, None])
    views = cropped(views, crops) * factor[:, :, None]
    views = masked(views, widths, places)
    views = views + deviation[:, :, None] * noise(views, int(seeds[0]))
    return [views, *own[1:]]


def mixed_back(foreground, background, share):
    """Return log10((1 - ``share``) x + ``share`` (E(x) / E(b)) b) of the energies x and b, whose sums are E.

    ``foreground``, ``background``: log10 of x and of b, [batch, frames, bands]; ``share``: 0..1, [batch, 1, 1].
    """
    x, b = 10**foreground, 10**background
    gain = x.sum(dim=(1, 2), keepdim=True) / b.sum(dim=(1, 2), keepdim=True)
    return ((1 - share) * x + share * gain * b).log10()


def cropped(patches, crops):
    """Return a rectangle of each patch, stretched bilinearly to the size of the patch, [batch, frames, bands].

    ``crops``: first frame, first band, frames and bands of each rectangle as shares of the patch, [batch, 4].
    """
    first_frame, first_band, frames, bands = crops.unsqueeze(2).unbind(1)  # [batch, 1]
    y = 2 * (first_frame + frames * _centres(patches.shape[1], patches)) - 1
    x = 2 * (first_band + bands * _centres(patches.shape[2], patches)) - 1
    grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), dim=3)
    return grid_sample(patches[:, None], grid, padding_mode="border", align_corners=False).squeeze(1)


def masked(patches, widths, places):
    """Return the patches with stretches of frames, and of bands, set to the patch's minimum (Park et al. 2019).

    ``widths``: of each stretch, [batch, 2 x masks], those over frames first; ``places``: where between the first and
    the last possible place it begins, 0..1, of the same shape.
    """
    (over_frames, over_bands), (frame_places, band_places) = widths.chunk(2, dim=1), places.chunk(2, dim=1)
    frames = _hidden(patches.shape[1], over_frames, frame_places)
    bands = _hidden(patches.shape[2], over_bands, band_places)
    return patches.where(~(frames[:, :, None] | bands[:, None, :]), patches.amin(dim=(1, 2), keepdim=True))


def noise(like, seed):
    """Return standard normal numbers of the shape of ``like``; the same ``seed`` on the same device: the same ones."""
    generator = torch.Generator(like.device).manual_seed(seed)
    return torch.randn(like.shape, generator=generator, device=like.device)


def _crops(count, rng, area, aspect):
    """Return first frame, first band, frames and bands of ``count`` crops as shares of the patch, [count, 4]."""
    sizes, left = np.ones((count, 2)), np.arange(count)
    for _ in range(ATTEMPTS):
        areas, aspects = rng.uniform(*area, len(left)), np.exp(rng.uniform(*np.log(aspect), len(left)))
        found = np.sqrt(np.stack([areas / aspects, areas * aspects], axis=1))
        fits = (found <= 1).all(axis=1)
        sizes[left[fits]] = found[fits]
        left = left[~fits]
    return np.concatenate([(1 - sizes) * rng.uniform(size=(count, 2)), sizes], axis=1)


def _centres(size, like):
    """Return where the middles of ``size`` steps lie between 0 and 1, [size]."""
    return (torch.arange(size, device=like.device) + 0.5) / size


def _hidden(size, widths, places):
    """Return which of ``size`` steps lie in any of the stretches, bool [batch, size]; the others: [batch, masks]."""
    widths = widths.clamp(max=size)[:, :, None]
    first = (places[:, :, None] * (size - widths + 1)).floor()
    steps = torch.arange(size, device=widths.device)
    return ((steps >= first) & (steps < first + widths)).any(dim=1)
