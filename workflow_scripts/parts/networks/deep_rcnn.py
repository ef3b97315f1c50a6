"""The deep R-CNN of Koutini et al. (2018, Table 2)."""

from torch import nn

from workflow_scripts.parts.layers.frame_tagger import FrameTagger
from workflow_scripts.parts.layers.frequency_pooling import convolution_stack
from workflow_scripts.parts.layers.gated_sru import GatedSru
from workflow_scripts.parts.layers.sru import BidirectionalSru

INPUT = {"frames": (1, None), "bands": (64, 127)}  # one band is left in the end


def build(classes, width=64, units=128, kernel=2, gated=True):
    """Return the network: eight convolutions of ``width`` filters, one of 2 x ``units``, and a bidirectional SRU.

    ``kernel``: 2, as printed, with as many zeros around that the 240 frames stay (printed is a padding of 1, with which
    they would not); 3 is another reading. ``gated``: the recurrent layer is gated (text); else it is the plain SRU of
    the table. Trainable parameters with 10 classes and the published sizes: 529,418; 332,298
    without the gate.
    """
    convolutions = nn.Sequential(
        convolution_stack([1, *[width] * 4], kernel, pool=2, per_pool=2),
        nn.Conv2d(width, 2 * units, 1),
        nn.ReLU(),
        nn.MaxPool2d((1, 4)),
    )
    recurrent = (GatedSru if gated else BidirectionalSru)(2 * units, units)
    return FrameTagger(convolutions, recurrent, 2 * units, classes)
