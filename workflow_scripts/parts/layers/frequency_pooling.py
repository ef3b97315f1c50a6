"""Convolutions that halve, or quarter, the bands and leave every frame as it is."""

from itertools import pairwise

from torch import nn


def convolution_stack(filters, size, pool, per_pool=1, bias=False, dropout=0.0, norm_momentum=0.1):
    """Return [convolution, batch norm, ReLU] x ``per_pool``, max pooling, dropout, for each step in ``filters``.

    [batch, filters[0], frames, bands] -> [batch, filters[-1], frames, bands / ``pool`` ** steps], rounded down each
    time. ``size``: of the kernels, with as many zeros around that no frame or band is lost.
    """
    steps = [_step(*step, size, pool, per_pool, bias, dropout, norm_momentum) for step in pairwise(filters)]
    return nn.Sequential(*steps)


def _step(inputs, outputs, size, pool, per_pool, bias, dropout, norm_momentum):
    layers, before = [], (size - 1) // 2
    for number in range(per_pool):
        layers += [
            nn.ZeroPad2d((before, size - 1 - before) * 2),
            nn.Conv2d(outputs if number else inputs, outputs, size, bias=bias),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=norm_momentum),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, nn.MaxPool2d((1, pool)), nn.Dropout(dropout))
