"""Orders that never end."""


def endlessly(items, rng):
    """Yield ``items``, an array, in a random order, which is drawn anew whenever it is exhausted."""
    while True:
        yield from rng.permutation(items)
