"""The CRNN of Fonseca et al. (2021), for patches of log-mel spectrograms."""

from torch import nn

from workflow_scripts.parts.layers.encoder_and_head import EncoderAndHead
from workflow_scripts.parts.layers.normed_convolution import normed_convolution

POOLS = ((2, 5), (2, 4), (2, 2))  # frames, bands
ROWS = 2  # that are left of the bands
INPUT = {"frames": (8, None), "bands": (80, 119)}


def build(classes, width=128, units=64, projection=None):
    """Return three convolutions of ``width`` filters and a bidirectional GRU of ``units`` in each direction.

    ``projection``: see :class:`workflow_scripts.parts.layers.encoder_and_head.EncoderAndHead`, 512 in the paper.
    Parameters with 20 classes and the published sizes: 948,116; with the projection head instead of the classifier
    1,243,776.
    """
    return EncoderAndHead(Crnn(width, units), units, classes, projection)


class Crnn(nn.Module):
    """[batch, 1, frames, bands] -> [batch, ``units``]: the product of what both directions know in the end.

    Each direction's state after its own last step. The authors' code takes both at the last frame, where the backward
    direction has seen that one only.
    """

    def __init__(self, width, units):
        super().__init__()
        layers = []
        for number, pool in enumerate(POOLS):
            layers += [*normed_convolution(width if number else 1, width, 5), nn.ReLU(), nn.MaxPool2d(pool)]
        self.convolutions = nn.Sequential(*layers)
        self.gru = nn.GRU(ROWS * width, units, batch_first=True, bidirectional=True)

    def forward(self, maps):
        steps = self.convolutions(maps).transpose(1, 2).flatten(2)  # [batch, frames / 8, width x rows]
        _, (forwards, backwards) = self.gru(steps)
        return forwards * backwards
