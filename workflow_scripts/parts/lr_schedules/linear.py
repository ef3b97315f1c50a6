"""Constant, then falling on a line (Dorfer & Widmer 2018)."""


def rate(epoch, epochs, learning_rate, constant_epochs):
    """Return ``learning_rate`` for ``constant_epochs``; from there it falls to zero at the last epoch."""
    if epoch <= constant_epochs:
        return learning_rate
    return learning_rate * (1 - (epoch - constant_epochs) / (epochs - constant_epochs))
