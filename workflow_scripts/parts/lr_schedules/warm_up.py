"""Rising on a line through the first epochs, before another schedule has its way (Goyal et al. 2017)."""

from workflow_scripts.common.parts import part_function

VALUES = {"epochs": (0, None)}


def rate(place, learning_rate, of, epochs):
    """Return the rate of the schedule ``of``, in the first ``epochs`` times the share of their updates that is done.

    The schedule goes by the epochs of the whole training: a milestone after epoch 30 stays there.
    """
    whole = part_function("parts.lr_schedules", of, "rate")(place, learning_rate)
    return whole * min((place.step + 1) / max(epochs * place.updates, 1), 1)
