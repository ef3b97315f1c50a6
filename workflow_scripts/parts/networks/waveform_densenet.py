"""The single-block DenseNet on waveforms of Jeong & Lim (2018)."""

import torch
from torch import nn

from workflow_scripts.parts.layers.averaged_heads import AveragedHeads
from workflow_scripts.parts.layers.dense_modules import EPSILON, dense_modules
from workflow_scripts.parts.layers.keras_initialisation import initialise_like_keras

GROWTHS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512, 512, 512, 512, 512)


def build(classes, growths=GROWTHS, heads=8, norm_momentum=0.01):
    """Return the network for waveforms [batch, samples, 1] of any sample rate and length.

    The arguments are those of :mod:`workflow_scripts.parts.networks.log_mel_densenet`.
    Trainable parameters with 41 classes and the published sizes: 16,521,185, and 2 of the norm of the input.
    """
    return WaveformDenseNet(classes, growths, heads, norm_momentum)


class WaveformDenseNet(nn.Module):
    def __init__(self, classes, growths, heads, norm_momentum):
        super().__init__()
        self.norm = nn.BatchNorm2d(1, EPSILON, norm_momentum)
        self.convolution = nn.Conv2d(1, 1, (3, 1), padding=(1, 0))
        self.dense, channels = dense_modules(2, growths, (3, 1), (2, 1), norm_momentum)
        self.classifier = AveragedHeads(channels, heads, classes, norm_momentum)
        initialise_like_keras(self)

    def forward(self, waveforms):
        waveforms = self.norm(waveforms.unsqueeze(1))
        return self.classifier(self.dense(torch.cat([waveforms, self.convolution(waveforms)], dim=1)))
