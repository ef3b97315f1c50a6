"""CNN8 of Kong et al. (2018), the same for five tasks: VGG-like, with a global maximum."""

from itertools import pairwise

from torch import nn

INPUT = {"frames": (16, None), "bands": (16, None)}  # four halvings


def build(classes, width=64):
    """Return four blocks of two convolutions each, with ``width`` filters in the first block, doubling.

    Parameters with 41 classes and the published width: 4,707,177.
    """
    filters = [1, width, 2 * width, 4 * width, 8 * width]
    layers = []
    for inputs, outputs in pairwise(filters):
        layers += [*_convolution(inputs, outputs), *_convolution(outputs, outputs), nn.MaxPool2d(2)]
    network = nn.Sequential(
        nn.Unflatten(1, (1, -1)), *layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8 * width, classes)
    )
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")  # bound sqrt(6 / fan_in)
    nn.init.zeros_(network[-1].bias)
    return network


def _convolution(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
