"""The batches of an epoch: which windows, which partners, and how they are mixed."""

import numpy as np

from workflow_scripts.common.parts import load_part


def draw_batches(training, labels, rng):
    """Return the batches of one epoch: chosen and partners, int [batches, batch], and shares, float32 of that shape.

    ``training``: the recipe's section; here batch, sampling and mixup_alpha. ``labels``: class index per window;
    ``chosen`` and ``partners`` count in the same windows. ``shares``: lambda of mixup for each example; [batches, 0]
    where the recipe does not mix.
    """
    parameters = dict(training["sampling"])
    sampling = load_part("sampling", parameters.pop("name"))
    alpha = training["mixup_alpha"]
    drawn = []
    for chosen, partners in sampling.batches(labels, training["batch"], rng, **parameters):
        drawn.append((chosen, partners, rng.beta(alpha, alpha, len(chosen)) if alpha else []))
    chosen, partners, shares = map(np.stack, zip(*drawn, strict=True))
    return chosen, partners, shares.astype(np.float32)
