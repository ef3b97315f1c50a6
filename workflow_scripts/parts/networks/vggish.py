"""VGGish (Hershey et al. 2017) with the small classifier with which Xu et al. (2018) tune it to the classes of Task 2.

Its layers are named as in the public PyTorch port (torchvggish), whose weights are those that Google published.
"""

from itertools import pairwise

from torch import nn

from workflow_scripts.parts.layers.keras_initialisation import initialise_like_keras

INPUT = {"frames": (96, 111), "bands": (64, 79)}  # four halvings leave 6 x 4; published are 96 x 64
EMBEDDING = 128  # values


def build(classes, hidden=100, width=64, units=4096):
    """Return VGGish and a classifier on its embedding, behind a layer of ``hidden`` units (None: without one).

    ``width``: filters of the first convolution, the last ones have 8 x ``width``; ``units``: of the two dense layers
    before the embedding. Parameters at the published sizes: 72,141,184 up to the embedding; with ``hidden`` 100 and 41
    classes 72,158,225. Not pretrained, it starts with Glorot-uniform weights and zero biases.
    """
    network = Vggish(classes, hidden, width, units)
    initialise_like_keras(network)
    return network


class Vggish(nn.Module):
    def __init__(self, classes, hidden, width, units):
        super().__init__()
        filters = [[1, width], [width, 2 * width], [2 * width, *[4 * width] * 2], [4 * width, *[8 * width] * 2]]
        layers = []
        for block in filters:
            for inputs, outputs in pairwise(block):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            *_dense(6 * 4 * 8 * width, units), *_dense(units, units), *_dense(units, EMBEDDING)
        )
        self.hidden = nn.Identity() if hidden is None else nn.Sequential(*_dense(EMBEDDING, hidden))
        self.classifier = nn.Linear(hidden or EMBEDDING, classes)

    def embed(self, spectrogram):
        """Return the embeddings [batch, 128], not negative, of [batch, 96 frames, 64 bands]."""
        maps = self.features(spectrogram.unsqueeze(1))
        return self.embeddings(maps.permute(0, 2, 3, 1).flatten(1))  # channels last, as TensorFlow flattens maps

    def forward(self, spectrogram):
        return self.classifier(self.hidden(self.embed(spectrogram)))


def _dense(inputs, outputs):
    return [nn.Linear(inputs, outputs), nn.ReLU()]
