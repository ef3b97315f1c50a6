"""Falling by the same factor after every epoch (Kong et al. 2018)."""


def rate(place, learning_rate, factor):
    return learning_rate * factor ** (place.epoch - 1)
