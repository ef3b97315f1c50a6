"""Mixup of waveforms in which an example dominates its partner, at a random gain (Jeong & Lim 2018)."""

import numpy as np

from workflow_scripts.parts.augmentations.mixup import weighted_sum


def draw(count, rng, alpha, gain):
    """Return lambda and the gain of each example, [count, 2].

    lambda is drawn from Beta(alpha, alpha), and the larger one of it and 1 - lambda is taken, so that the example's own
    class dominates. The gain is uniform between the two numbers of ``gain``; the paper does not say which.
    """
    share = rng.beta(alpha, alpha, count)
    return np.stack([np.maximum(share, 1 - share), rng.uniform(*gain, count)], axis=1)


def mix(own, partner, drawn):
    """Scale each waveform to a peak of one before they are mixed, and the mixture by its gain (equation 2).

    The peak is that of what is mixed: of an excerpt, not of the clip that it is from.
    """
    share, gain = drawn.unbind(1)
    inputs = weighted_sum(at_full_scale(own[0]), at_full_scale(partner[0]), share) * gain.reshape(-1, 1, 1)
    return [inputs, *(weighted_sum(a, b, share) for a, b in zip(own[1:], partner[1:], strict=True))]


def at_full_scale(waveforms):
    """Return [batch, samples, 1] with a largest absolute value of one each; digital silence stays."""
    peaks = waveforms.abs().amax(dim=(1, 2), keepdim=True)
    return waveforms / peaks.where(peaks > 0, 1)
