"""The VGG-like network of Fonseca et al. (2021), for patches of log-mel spectrograms."""

from itertools import pairwise

import torch
from torch import nn

from workflow_scripts.parts.layers.encoder_and_head import EncoderAndHead
from workflow_scripts.parts.layers.normed_convolution import normed_convolution

INPUT = {"frames": (8, None), "bands": (8, None)}  # three halvings


def build(classes, width=32, features=512, projection=None):
    """Return three, two and one convolutions of ``width``, 2 and 4 x ``width`` filters, and a dense layer.

    ``features``: of the dense layer, which ends the encoder; ``projection``: see
    :class:`workflow_scripts.parts.layers.encoder_and_head.EncoderAndHead`, 512 in the paper. Parameters with 20 classes
    and the published sizes: 290,292; with the projection head instead of the classifier 806,368.
    """
    return EncoderAndHead(VggLike(width, features), features, classes, projection)


class VggLike(nn.Module):
    """[batch, 1, frames, bands] -> [batch, ``features``]; the dense layer sees maximum and mean of each map."""

    def __init__(self, width, features):
        super().__init__()
        layers = []
        for filters in ([1, width, width, width], [width, 2 * width, 2 * width], [2 * width, 4 * width]):
            for inputs, outputs in pairwise(filters):
                layers += [*normed_convolution(inputs, outputs, 3), nn.ReLU()]
            layers.append(nn.MaxPool2d(2))
        self.convolutions = nn.Sequential(*layers)
        self.dense = nn.Linear(8 * width, features)

    def forward(self, maps):
        maps = self.convolutions(maps)
        return self.dense(torch.cat([maps.amax(dim=(2, 3)), maps.mean(dim=(2, 3))], dim=1)).relu()
