"""Features of the waveform and of the mel-spectrogram, joined by Lederle & Wilhelm (2018): cnn-comb."""

from collections import OrderedDict
from itertools import pairwise

import torch
from torch import nn

from workflow_scripts.parts.layers.dense_block import dense_block
from workflow_scripts.parts.layers.raw_convolutions import RawConvolutions
from workflow_scripts.parts.layers.spectrogram_convolutions import SpectrogramConvolutions

INPUT = {"frames": (44100, None), "bands": (1, 1)}  # a waveform of just so many samples as it has seconds
VALUES = {"seconds": (1, 3)}


def build(classes, seconds, raw_width=32, spectrogram_width=64, units=(512, 256, 256, 128)):
    """Return the network for waveforms [batch, 44,100 x ``seconds``, 1] at 44.1 kHz; ``seconds``: 1, 2 or 3.

    Its modules ``raw`` and ``spectrogram`` have the weights of :mod:`workflow_scripts.parts.networks.raw_trunk` and of
    :mod:`workflow_scripts.parts.networks.spectrogram_trunk` without their dense layers, under these modules' names
    before those there: ``raw.convolutions...``. In the paper they are trained first and frozen here. Both see the same
    excerpt, mixed in the same way, as the spectrogram is computed of it. ``units``: of the dense layers behind them.
    Trainable parameters of the dense layers, with 41 classes and the published sizes: 1,417,769, 893,481
    and 1,286,697 for 1, 2 and 3 s.
    """
    raw, spectrogram = RawConvolutions(seconds, raw_width), SpectrogramConvolutions(seconds, spectrogram_width)
    return JoinedTrunks(classes, raw, spectrogram, units)


class JoinedTrunks(nn.Module):
    def __init__(self, classes, raw, spectrogram, units):
        super().__init__()
        self.raw = nn.Sequential(OrderedDict(convolutions=raw))
        self.spectrogram = nn.Sequential(OrderedDict(convolutions=spectrogram))
        sizes = [raw.features + spectrogram.features, *units]
        self.dense = nn.Sequential(*(dense_block(*pair) for pair in pairwise(sizes)))
        self.classifier = nn.Linear(sizes[-1], classes)

    def forward(self, waveforms):
        features = torch.cat([self.raw(waveforms), self.spectrogram(waveforms)], dim=1)
        return self.classifier(self.dense(features))
