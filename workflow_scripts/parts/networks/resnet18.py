"""ResNet-18 (He et al. 2016, Table 1) for spectrograms, as in Fonseca et al. (2021)."""

from itertools import pairwise

from torch import nn

from workflow_scripts.parts.layers.encoder_and_head import EncoderAndHead
from workflow_scripts.parts.layers.normed_convolution import normed_convolution


def build(classes, width=64, projection=None):
    """Return the network with ``width`` filters in the first stage, doubling up to 8 x ``width``.

    ``projection``: see :class:`workflow_scripts.parts.layers.encoder_and_head.EncoderAndHead`, 512 in the paper.
    Parameters with 20 classes and the published width: 11,180,500; with the projection head instead of the classifier
    11,696,576.
    """
    return EncoderAndHead(_encoder(width), 8 * width, classes, projection)


def _encoder(width):
    """[batch, 1, frames, bands] -> [batch, 8 x ``width``]. Convolutions start normal after He et al. (2015)."""
    filters = [width, width, 2 * width, 4 * width, 8 * width]
    stages = [
        nn.Sequential(Block(*step, 1 if step[0] == step[1] else 2), Block(step[1], step[1]))
        for step in pairwise(filters)
    ]
    encoder = nn.Sequential(
        *normed_convolution(1, width, 7, stride=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
        *stages,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    for layer in encoder.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return encoder


class Block(nn.Module):
    """relu(two convolutions + what enters): [batch, ``inputs``, ...] -> [batch, ``outputs``, ...], in every ``stride``.

    Where shapes differ, a convolution of 1 x 1 makes what enters fit (option B of the paper).
    """

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.residual = nn.Sequential(
            *normed_convolution(inputs, outputs, 3, stride), nn.ReLU(), *normed_convolution(outputs, outputs, 3)
        )
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Sequential(*([] if same else normed_convolution(inputs, outputs, 1, stride)))

    def forward(self, maps):
        return (self.residual(maps) + self.shortcut(maps)).relu()
