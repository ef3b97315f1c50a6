"""Densely connected modules with squeeze-and-excitation (Jeong & Lim 2018), for spectrograms and for waveforms."""

import torch
from torch import nn

EPSILON = 1e-3  # Keras' batch norm


def dense_modules(channels, growths, size, pool, norm_momentum):
    """Return (network, channels): modules one after the other, each of which keeps all that it is given.

    [batch, ``channels``, frames, bands] -> [batch, channels, frames, bands], both axes divided by ``pool`` after each
    module, rounded up. ``growths``: new channels of each module; ``size``: of its second convolution, odd.
    """
    layers = []
    for growth in growths:
        layers += [DenseModule(channels, growth, size, norm_momentum), nn.MaxPool2d(pool, ceil_mode=True)]
        channels += growth
    return nn.Sequential(*layers), channels


class DenseModule(nn.Module):
    """[batch, ``channels``, ...] -> the same with ``growth`` new channels behind them."""

    def __init__(self, channels, growth, size, norm_momentum):
        super().__init__()
        padding = tuple(n // 2 for n in size)
        self.grown = nn.Sequential(
            nn.BatchNorm2d(channels, EPSILON, norm_momentum),
            nn.ReLU(),
            nn.Conv2d(channels, growth, 1),
            nn.BatchNorm2d(growth, EPSILON, norm_momentum),
            nn.ReLU(),
            nn.Conv2d(growth, growth, size, padding=padding),
            SqueezeAndExcitation(growth),
        )

    def forward(self, maps):
        return torch.cat([maps, self.grown(maps)], dim=1)


class SqueezeAndExcitation(nn.Module):
    """Scale each of the ``channels`` by what all of them are on the mean (Hu et al. 2018), through half as many."""

    def __init__(self, channels):
        super().__init__()
        self.squeezed, self.excited = nn.Linear(channels, channels // 2), nn.Linear(channels // 2, channels)

    def forward(self, maps):
        scales = self.excited(self.squeezed(maps.mean(dim=(2, 3))).relu()).sigmoid()
        return maps * scales[:, :, None, None]
