"""The convolution blocks of VGG13 (Iqbal et al. 2018, Table 2), plain or gated (Dauphin et al. 2017)."""

from itertools import pairwise

from torch import nn


def convolution_blocks(width, gated, norm_momentum):
    """Return five blocks: [batch, 1, frames, bands] -> [batch, 8 x ``width``, frames / 32, bands / 32], rounded down.

    ``width`` filters in the first block, doubling up to 8 x ``width``. ``gated``: each convolution has twice the
    filters; instead of a ReLU, the first half is multiplied by the sigmoid of the second. ``norm_momentum``: share of
    the newest batch in batch norm's running statistics.
    """
    filters = [1, width, 2 * width, 4 * width, 8 * width, 8 * width]
    return nn.Sequential(*(_block(inputs, outputs, gated, norm_momentum) for inputs, outputs in pairwise(filters)))


def _block(inputs, outputs, *settings):
    first, second = _convolution(inputs, outputs, *settings), _convolution(outputs, outputs, *settings)
    return nn.Sequential(*first, *second, nn.MaxPool2d(2))


def _convolution(inputs, outputs, gated, norm_momentum):
    """Return [convolution, non-linearity, batch norm]: the norm comes last and has Keras' epsilon."""
    return [
        nn.Conv2d(inputs, 2 * outputs if gated else outputs, 3, padding=1),
        Gate() if gated else nn.ReLU(),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=norm_momentum),
    ]


class Gate(nn.Module):
    """Map [batch, 2n, ...] -> [batch, n, ...]."""

    def forward(self, maps):  # PyTorch's GLU is the same, but slower: its gradient is not channels-last
        values, gates = maps.chunk(2, dim=1)
        return values * gates.sigmoid()
