"""Falling by the same factor after every epoch (Kong et al. 2018)."""


def rate(epoch, epochs, learning_rate, factor):
    return learning_rate * factor ** (epoch - 1)
