"""DenSE of Fonseca et al. (2019): dense modules with squeeze-and-excitation, after Jeong & Lim (2018)."""

import torch
from torch import nn

from workflow_scripts.parts.layers.dense_modules import EPSILON, dense_modules
from workflow_scripts.parts.layers.keras_initialisation import he_normal_, initialise_like_keras

INPUT = {"frames": (97, 112), "bands": (81, 96)}  # four halvings, rounded up, leave 7 x 6; published are 100 x 96
FLATTENED = 7 * 6


def build(classes, filters=15, growths=(16, 32, 64, 128), dropout=0.5, norm_momentum=0.01):
    """Return the network for spectrograms [batch, frames, bands].

    ``filters``: of the first convolution; ``growths``: new channels of each of the four dense modules; ``dropout``:
    before the classifier; ``norm_momentum``: of batch norm's running statistics (Keras' 0.99 is PyTorch's 0.01).
    Weights are Glorot-uniform, the classifier's He-normal. Parameters with 20 classes and the published sizes: 456,884;
    Keras counts the running statistics, too: 458,358.
    """
    return DenSe(classes, filters, growths, dropout, norm_momentum)


class DenSe(nn.Module):
    def __init__(self, classes, filters, growths, dropout, norm_momentum):
        super().__init__()
        self.norm = nn.BatchNorm2d(1, EPSILON, norm_momentum)
        self.convolution = nn.Conv2d(1, filters, 3, padding=1)
        self.dense, channels = dense_modules(1 + filters, growths, (3, 3), (2, 2), norm_momentum)
        self.norm_of_maps = nn.BatchNorm2d(channels, EPSILON, norm_momentum)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(FLATTENED * channels, classes))
        initialise_like_keras(self)
        he_normal_(self.classifier[-1].weight)

    def forward(self, spectrogram):
        spectrogram = self.norm(spectrogram.unsqueeze(1))
        maps = self.dense(torch.cat([spectrogram, self.convolution(spectrogram)], dim=1))
        return self.classifier(self.norm_of_maps(maps).relu())
