"""Selections: which clips are worth learning from, by the losses that a model has on them. One module each, with

``select(losses, seed, **parameters)``: losses, float [clips] of one or more, and an integer that random numbers follow
from -> (kept, bool [clips]; the probability that a clip's label is right, float 0..1 [clips], NaN where the selection
tells none).
"""
