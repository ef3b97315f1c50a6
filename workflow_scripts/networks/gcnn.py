"""GCNN on log-mel chunks of Iqbal et al. (2018): VGG13 with gated convolutions."""

from workflow_scripts.layers.average_pooling import AveragePooling
from workflow_scripts.layers.convolution_blocks import convolution_blocks
from workflow_scripts.layers.tagger import Tagger


def build(classes, width=64):
    """Return the network with ``width`` filters in the first block, doubling up to 8 x ``width``.

    Input: chunks of at least 32 frames and 32 bands (five halvings). Trainable parameters with 41 classes and the
    published width 64: 18,834,601.
    """
    return Tagger(convolution_blocks(width, gated=True), AveragePooling(), 8 * width, classes)
