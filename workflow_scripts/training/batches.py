"""The batches of an epoch: which windows, which partners, and how they are mixed."""

import numpy as np

from workflow_scripts.common.parts import load_part

PACKAGES = {"sampling": "parts.sampling", "augmentation": "parts.augmentations"}


def draw_batches(training, labels, rng):
    """Return the batches of one epoch: chosen and partners, int [batches, batch], and numbers, float32 of that shape.

    ``training``: the recipe's section; here batch, sampling and mixing. ``labels``: what the sampling heeds of each
    window, see :func:`heeded`; ``chosen`` and ``partners`` count in the same windows. ``numbers``: what mixing draws
    for each example, [batches, batch, ...]; [batches, 0] where the recipe does not mix. Partners are those that the
    sampling draws; or, with ``partner: next_batch`` of the augmentation, what is chosen next, and of the last batch
    what is chosen first.
    """
    sampling, parameters = part_of(training, "sampling")
    mixing, mixing_parameters = part_of(training, "augmentation")
    partner = mixing_parameters.pop("partner", "sampled")
    mixing_parameters.pop("after", None)  # see `in_epoch`
    batches = []
    for chosen, partners in sampling.batches(labels, training["batch"], rng, **parameters):
        numbers = mixing.draw(len(chosen), rng, **mixing_parameters) if mixing else []
        batches.append((chosen, partners, numbers))
    chosen, partners, numbers = map(np.stack, zip(*batches, strict=True))
    if partner == "next_batch":
        partners = np.roll(chosen, -1, axis=0)
    return chosen, partners, numbers.astype(np.float32)


def heeded(training, kind, targets):
    """Return what the sampling of ``training`` heeds of clips with these ``targets``: [clips], or [clips, classes].

    ``kind``: of labels, see ``workflow_scripts.tasks``.
    """
    sampling, _ = part_of(training, "sampling")
    return targets if getattr(sampling, "OF_TARGETS", False) else kind.strata(targets)


def in_epoch(training, epoch):
    """Return the section of the recipe as it is in ``epoch``: without augmentation where that begins ``after`` it."""
    return training | {"augmentation": None} if epoch <= unmixed_epochs(training) else training


def unmixed_epochs(training):
    """Return how many epochs there are before augmentation begins."""
    return (training["augmentation"] or {}).get("after", 0)


def part_of(training, section):
    """Return (module, parameters) of the part that a section names, (None, {}) where it is null."""
    parameters = dict(training[section] or {})
    return (load_part(PACKAGES[section], parameters.pop("name")) if parameters else None), parameters
