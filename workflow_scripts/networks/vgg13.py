"""VGG13 on log-mel chunks of Iqbal et al. (2018, Table 2)."""

from workflow_scripts.layers.average_pooling import AveragePooling
from workflow_scripts.layers.convolution_blocks import convolution_blocks
from workflow_scripts.layers.tagger import Tagger


def build(classes, width=64):
    """Return the network with ``width`` filters in the first block, doubling up to 8 x ``width``.

    Input: chunks of at least 32 frames and 32 bands (five halvings). Trainable parameters with 41 classes and the
    published width 64: 9,430,761.
    """
    return Tagger(convolution_blocks(width, gated=False), AveragePooling(), 8 * width, classes)
