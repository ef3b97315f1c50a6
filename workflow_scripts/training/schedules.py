"""Learning rates by epoch (epochs count from 1)."""


def linear(epoch, epochs, learning_rate, constant_epochs):
    """Constant for ``constant_epochs``, then linear, zero at the last epoch (Dorfer & Widmer 2018)."""
    if epoch <= constant_epochs:
        return learning_rate
    return learning_rate * (1 - (epoch - constant_epochs) / (epochs - constant_epochs))


def step(epoch, epochs, learning_rate, factor, every):
    """Multiplied by ``factor`` at epochs 1, 1 + every, 1 + 2 every ... (Iqbal et al. 2018: the first epoch counts)."""
    return learning_rate * factor ** (1 + (epoch - 1) // every)


SCHEDULES = {"linear": linear, "step": step}
