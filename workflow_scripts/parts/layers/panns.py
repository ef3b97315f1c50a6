"""What the networks of PANNs share (Kong et al. 2020, arXiv 1912.10211): their blocks, their head, their names.

Parameters are named as in the authors' code (audioset_tagging_cnn), so that weights they published are found by name.
"""

from collections import OrderedDict

from torch import nn

BANDS = 64  # of the log-mel spectrogram, each of which is standardised on its own


class Panns(nn.Module):
    """Spectrogram [batch, frames, 64 bands] -> logits [batch, ``classes``].

    ``blocks``: [batch, 1, frames, 64] -> maps [batch, ``features``, steps, rows], one after the other. Convolutions and
    dense layers start with Glorot-uniform weights and zero biases.
    """

    def __init__(self, blocks, features, classes):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(BANDS)
        self.blocks = [f"conv_block{number}" for number in range(1, len(blocks) + 1)]
        for name, block in zip(self.blocks, blocks, strict=True):
            self.add_module(name, block)
        self.fc1 = nn.Linear(features, features)
        self.fc_audioset = nn.Linear(features, classes)
        self.dropout = nn.Dropout(0.5)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def embed(self, spectrogram):
        """Return the embedding [batch, ``features``], not negative: what the classifier sees, before its dropout."""
        maps = self.bn0(spectrogram.transpose(1, 2).unsqueeze(3)).transpose(1, 3)
        for name in self.blocks:
            maps = getattr(self, name)(maps)
        steps = maps.mean(dim=3)
        return self.fc1(self.dropout(steps.amax(dim=2) + steps.mean(dim=2))).relu()

    def forward(self, spectrogram):
        return self.fc_audioset(self.dropout(self.embed(spectrogram)))


def panns_block(inputs, outputs, size, convolutions, pool):
    """Return [convolution without bias, batch norm, ReLU] x ``convolutions``, average pooling, dropout of 0.2.

    Map [batch, ``inputs``, steps, rows] -> [batch, ``outputs``, steps / ``pool``, rows / ``pool``], rounded down.
    ``size``: of the square kernels, odd.
    """
    layers = OrderedDict()
    for number in range(1, convolutions + 1):
        layers[f"conv{number}"] = nn.Conv2d(
            inputs if number == 1 else outputs, outputs, size, padding=size // 2, bias=False
        )
        layers[f"bn{number}"] = nn.BatchNorm2d(outputs)
        layers[f"relu{number}"] = nn.ReLU()
    layers["pool"] = nn.AvgPool2d(pool)
    layers["dropout"] = nn.Dropout(0.2)
    return nn.Sequential(layers)
