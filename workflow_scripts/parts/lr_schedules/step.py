"""Falling in steps (Iqbal et al. 2018)."""


def rate(place, learning_rate, factor, every):
    """Multiply by ``factor`` at epochs 1, 1 + every, 1 + 2 every ...: as in the authors' code, the first counts."""
    return learning_rate * factor ** (1 + (place.epoch - 1) // every)
