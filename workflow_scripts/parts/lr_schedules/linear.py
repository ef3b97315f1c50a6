"""Constant, then falling on a line (Dorfer & Widmer 2018)."""


def rate(place, learning_rate, constant_epochs):
    """Return ``learning_rate`` for ``constant_epochs``; from there it falls to zero at the last epoch."""
    if place.epoch <= constant_epochs:
        return learning_rate
    return learning_rate * (1 - (place.epoch - constant_epochs) / (place.epochs - constant_epochs))
