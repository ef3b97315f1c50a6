"""Constant between milestones (Jeong & Lim 2018)."""


def rate(place, learning_rate, factor, after):
    """Multiply by ``factor`` after each of the epochs that the list ``after`` names."""
    return learning_rate * factor ** sum(place.epoch > milestone for milestone in after)
