"""The frame of networks that say of every frame which classes sound in it."""

from torch import nn


class FrameTagger(nn.Module):
    """Spectrogram [batch, frames, bands] -> logits [batch, frames, ``classes``].

    ``convolutions``: [batch, 1, frames, bands] -> map [batch, channels, frames, 1]. ``recurrent``: [batch, frames,
    channels] -> [batch, frames, ``features``]. Convolutions and dense layers start with Glorot-uniform weights and zero
    biases.
    """

    def __init__(self, convolutions, recurrent, features, classes):
        super().__init__()
        self.convolutions = convolutions
        self.recurrent = recurrent
        self.classifier = nn.Linear(features, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def forward(self, spectrogram):
        maps = self.convolutions(spectrogram.unsqueeze(1))
        return self.classifier(self.recurrent(maps.squeeze(3).transpose(1, 2)))
