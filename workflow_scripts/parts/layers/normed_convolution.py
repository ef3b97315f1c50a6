"""The step that most networks for images are made of."""

from torch import nn


def normed_convolution(inputs, outputs, size, stride=1):
    """Return [convolution without bias, batch norm], both with PyTorch's defaults; ``size``: odd, of the kernel.

    [batch, ``inputs``, frames, bands] -> [batch, ``outputs``, frames, bands], both axes divided by ``stride``, rounded
    up.
    """
    return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)]
