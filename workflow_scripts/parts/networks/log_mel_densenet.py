"""The single-block DenseNet on log-mel spectrograms, computed inside, of Jeong & Lim (2018)."""

import torch
from torch import nn

from workflow_scripts.parts.layers.averaged_heads import AveragedHeads
from workflow_scripts.parts.layers.dense_modules import EPSILON, dense_modules
from workflow_scripts.parts.layers.keras_initialisation import initialise_like_keras
from workflow_scripts.parts.layers.log_mel import LogMel

GROWTHS = (16, 32, 64, 128, 256, 512, 512, 512)
INPUT = {"frames": (1, None), "bands": (1, 1)}  # a waveform


def build(classes, sample_rate, bands=64, filters=15, growths=GROWTHS, heads=8, norm_momentum=0.01):
    """Return the network for waveforms [batch, samples, 1] at ``sample_rate``, of any length.

    ``bands``: of the spectrogram (windows of 1024 samples, a hop of 128); ``filters``: of the first convolution;
    ``growths``: new channels of each dense module; ``heads``: softmaxes that are averaged; ``norm_momentum``: of batch
    norm's running statistics (Keras' 0.99 is PyTorch's 0.01). In training a waveform's level beside the others of the
    batch matters, in evaluation it does not (see :class:`workflow_scripts.parts.layers.log_mel.LogMel`).
    Trainable parameters with 41 classes and the published sizes: 11,092,070, and 130 of the norms of the input.
    """
    return LogMelDenseNet(classes, sample_rate, bands, filters, growths, heads, norm_momentum)


class LogMelDenseNet(nn.Module):
    def __init__(self, classes, sample_rate, bands, filters, growths, heads, norm_momentum):
        super().__init__()
        self.norm = nn.BatchNorm1d(1, EPSILON, norm_momentum)
        self.log_mel = LogMel(sample_rate, window=1024, hop=128, bands=bands)
        self.norm_of_bands = nn.BatchNorm1d(bands, EPSILON, norm_momentum)
        self.convolution = nn.Conv2d(1, filters, 3, padding=1)
        self.dense, channels = dense_modules(1 + filters, growths, (3, 3), (2, 2), norm_momentum)
        self.classifier = AveragedHeads(channels, heads, classes, norm_momentum)
        initialise_like_keras(self)

    def forward(self, waveforms):
        waveforms = self.norm(waveforms.transpose(1, 2)).squeeze(1)
        spectrograms = self.norm_of_bands(self.log_mel(waveforms).transpose(1, 2)).transpose(1, 2).unsqueeze(1)
        maps = torch.cat([spectrograms, self.convolution(spectrograms)], dim=1)
        return self.classifier(self.dense(maps))
