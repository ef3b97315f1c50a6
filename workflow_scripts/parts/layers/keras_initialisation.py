"""Weights as Keras begins with."""

import math

from torch import nn

DEVIATION = 0.8796256610342398  # of the standard normal distribution between -2 and 2


def initialise_like_keras(network, fill=nn.init.xavier_uniform_):
    """Set convolutions and dense layers of ``network`` to weights by ``fill``, and to zero biases.

    ``fill(kernel)`` changes a kernel in place: Glorot-uniform, Keras' default, or :func:`he_normal_`.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Linear):
            fill(layer.weight)
            nn.init.zeros_(layer.bias)


def he_normal_(kernel):
    """Fill ``kernel`` by Keras' ``he_normal``: a normal distribution without what is beyond two of its deviations.

    Its deviation then is sqrt(2 / n) of n inputs to each output (He et al. 2015).
    """
    deviation = math.sqrt(2 / kernel[0].numel()) / DEVIATION
    nn.init.trunc_normal_(kernel, std=deviation, a=-2 * deviation, b=2 * deviation)
