"""Weights as Keras begins with."""

from torch import nn


def initialise_like_keras(network):
    """Set convolutions and dense layers of ``network`` to Glorot-uniform weights and zero biases."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
