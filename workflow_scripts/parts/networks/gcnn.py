"""GCNN on log-mel chunks of Iqbal et al. (2018): VGG13 with gated convolutions."""

from workflow_scripts.parts.layers.average_pooling import AveragePooling
from workflow_scripts.parts.layers.convolution_blocks import convolution_blocks
from workflow_scripts.parts.layers.tagger import Tagger

INPUT = {"frames": (32, None), "bands": (32, None)}  # five halvings


def build(classes, width=64, norm_momentum=0.01):
    """Return the network with ``width`` filters in the first block, doubling up to 8 x ``width``.

    ``norm_momentum``: of batch norm's running statistics (Keras' default, 0.99, is PyTorch's 0.01); a training of few
    updates needs more. Trainable parameters with 41 classes and the published width 64: 18,834,601.
    """
    blocks = convolution_blocks(width, gated=True, norm_momentum=norm_momentum)
    return Tagger(blocks, AveragePooling(), 8 * width, classes)
