"""The shallow R-CNN of Koutini et al. (2018, Table 3): the Task 4 baseline's with another recurrent layer."""

from workflow_scripts.parts.layers.frame_tagger import FrameTagger
from workflow_scripts.parts.layers.frequency_pooling import convolution_stack
from workflow_scripts.parts.layers.gated_sru import GatedSru
from workflow_scripts.parts.layers.sru import BidirectionalSru

INPUT = {"frames": (1, None), "bands": (64, 127)}  # one band is left in the end


def build(classes, width=64, units=128, gated=True):
    """Return the network: three convolutions of ``width`` filters and a bidirectional SRU.

    ``gated``: as of the deep one.
    Trainable parameters with 10 classes and the published sizes: 209,354; 143,306 without the gate.
    """
    recurrent = (GatedSru if gated else BidirectionalSru)(width, units)
    return FrameTagger(convolution_stack([1, width, width, width], 3, pool=4), recurrent, 2 * units, classes)
