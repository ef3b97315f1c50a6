"""The network on the mel-spectrogram of Lederle & Wilhelm (2018): cnn-spec. It computes the spectrogram itself."""

from collections import OrderedDict

from torch import nn

from workflow_scripts.parts.layers.dense_block import dense_block
from workflow_scripts.parts.layers.spectrogram_convolutions import SpectrogramConvolutions

INPUT = {"frames": (44100, None), "bands": (1, 1)}  # a waveform of just so many samples as it has seconds
VALUES = {"seconds": (1, 3)}


def build(classes, seconds, width=64, units=256):
    """Return the network for waveforms [batch, 44,100 x ``seconds``, 1] at 44.1 kHz; ``seconds``: 1, 2 or 3.

    ``width``: filters of the first block; how the spectrogram is computed, and in which way this differs from the
    paper, tells :class:`workflow_scripts.parts.layers.spectrogram_convolutions.SpectrogramConvolutions`. ``units``: of
    the dense layer. Trainable parameters with 41 classes and the published sizes: 1,776,361, 1,514,217 and 1,645,289
    for 1, 2 and 3 s.
    """
    convolutions = SpectrogramConvolutions(seconds, width)
    dense, classifier = dense_block(convolutions.features, units), nn.Linear(units, classes)
    return nn.Sequential(OrderedDict(convolutions=convolutions, dense=dense, classifier=classifier))
