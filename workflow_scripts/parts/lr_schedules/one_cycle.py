"""One cycle: up and further down again, update by update, on half cosines (Smith & Topin 2018)."""

import math

VALUES = {"rise": (0, 1), "start": (0, 1), "end": (0, 1)}


def rate(place, learning_rate, rise=0.3, start=1 / 25, end=4e-6):
    """Rise to ``learning_rate``, which is the highest one, and fall from there to the last update.

    ``rise``: for which share of the updates; ``start`` and ``end``: the first and the last rate, as shares of the
    highest one. The defaults are those of torch's OneCycleLR; the momentum stays as it is.
    """
    top = rise * place.steps - 1
    if place.step < top:
        return learning_rate * _between(start, 1, place.step / top)
    return learning_rate * _between(1, end, (place.step - top) / max(place.steps - 1 - top, 1))


def _between(first, last, share):
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2
