"""The network on the waveform of Lederle & Wilhelm (2018): cnn-audio."""

from collections import OrderedDict

from torch import nn

from workflow_scripts.parts.layers.dense_block import dense_block
from workflow_scripts.parts.layers.raw_convolutions import RawConvolutions

INPUT = {"frames": (44100, None), "bands": (1, 1)}  # a waveform of just so many samples as it has seconds
VALUES = {"seconds": (1, 3)}


def build(classes, seconds, width=32, units=512):
    """Return the network for waveforms [batch, 44,100 x ``seconds``, 1] at 44.1 kHz; ``seconds``: 1, 2 or 3.

    ``width``: filters of the first block (see :mod:`workflow_scripts.parts.layers.raw_convolutions`); ``units``: of the
    dense layer. Trainable parameters with 41 classes and the published sizes: 886,025; 1,017,097 for 3 s.
    """
    convolutions = RawConvolutions(seconds, width)
    dense, classifier = dense_block(convolutions.features, units), nn.Linear(units, classes)
    return nn.Sequential(OrderedDict(convolutions=convolutions, dense=dense, classifier=classifier))
