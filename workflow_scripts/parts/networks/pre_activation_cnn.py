"""The small pre-activation CNN of Fonseca et al. (2019), the baseline of FSDnoisy18k; sizes from the authors' code."""

from collections import OrderedDict
from itertools import pairwise

from torch import nn

from workflow_scripts.parts.layers.keras_initialisation import he_normal_, initialise_like_keras

INPUT = {"frames": (96, 111), "bands": (96, 99)}  # the pools leave 6 x 24; published are 100 x 96
POOLS = ((4, 2), (4, 2), None)  # frames, bands
FLATTENED = 6 * 24


def build(classes, filters=(24, 48, 48), units=64, dropout=0.5, norm_momentum=0.01):
    """Return three convolutions of 5 x 5 and two dense layers, both of which are the module ``classifier``.

    ``filters``: of each convolution. Batch norm and ReLU stand on both sides of each, so twice around a pool, and the
    input itself goes through both. ``units``: of the first dense layer; ``dropout``: before each; ``norm_momentum``: of
    batch norm's running statistics (Keras' 0.99 is PyTorch's 0.01). Weights are He-normal. Parameters with 20 classes
    and the published sizes: 531,238; Keras counts the running statistics, too: 531,624.
    """
    layers = [nn.Unflatten(1, (1, -1))]
    for (inputs, outputs), pool in zip(pairwise([1, *filters]), POOLS, strict=True):
        convolution = nn.Conv2d(inputs, outputs, 5, padding=2)
        layers += [*_norm(inputs, norm_momentum), convolution, *_norm(outputs, norm_momentum)]
        if pool:
            layers.append(nn.MaxPool2d(pool))
    dense = [nn.Flatten(), nn.Dropout(dropout), nn.Linear(FLATTENED * filters[-1], units), nn.ReLU()]
    classifier = nn.Sequential(*dense, nn.Dropout(dropout), nn.Linear(units, classes))
    network = nn.Sequential(OrderedDict(convolutions=nn.Sequential(*layers), classifier=classifier))
    initialise_like_keras(network, he_normal_)
    return network


def _norm(channels, momentum):
    return [nn.BatchNorm2d(channels, eps=1e-3, momentum=momentum), nn.ReLU()]
