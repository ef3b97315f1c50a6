"""Falling on half a cosine, update by update (Loshchilov & Hutter 2017, without restarts)."""

import math

VALUES = {"end": (0, 1)}


def rate(place, learning_rate, end=0.0):
    """Fall from ``learning_rate`` at the first update; one after the last would have ``end`` times as much."""
    return learning_rate * (end + (1 - end) * (1 + math.cos(math.pi * place.step / place.steps)) / 2)
