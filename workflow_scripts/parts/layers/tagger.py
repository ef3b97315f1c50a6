"""The frame of the networks of Iqbal et al. (2018)."""

from torch import nn


class Tagger(nn.Module):
    """Spectrogram [batch, frames, bands] -> logits [batch, ``classes``].

    ``blocks``: [batch, 1, frames, bands] -> map [batch, channels, steps, rows]. ``pooling``: map -> [batch,
    ``features``]. Convolutions and dense layers start as Keras' do: Glorot-uniform weights, zero biases.
    """

    def __init__(self, blocks, pooling, features, classes):
        super().__init__()
        self.blocks = blocks
        self.pooling = pooling
        self.classifier = nn.Linear(features, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, spectrogram):
        return self.classifier(self.pooling(self.blocks(spectrogram.unsqueeze(1))))
