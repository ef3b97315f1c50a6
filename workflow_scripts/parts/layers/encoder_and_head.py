"""An encoder, which one training can leave to another, with a head of its own in each of them."""

from torch import nn


class EncoderAndHead(nn.Module):
    """Spectrogram [batch, frames, bands] -> logits [batch, ``classes``], or projections [batch, ``projection``].

    ``encoder``: [batch, 1, frames, bands] -> [batch, ``features``]. ``projection``: None for a classifier, else the
    size of the layers of a projection head (Fonseca et al. 2021), whatever the classes. Either is the module ``head``:
    a stage of ``start: previous`` with ``fresh: [head]`` takes over the encoder alone.
    """

    def __init__(self, encoder, features, classes, projection):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(features, classes) if projection is None else projection_head(features, projection)

    def forward(self, spectrogram):
        return self.head(self.encoder(spectrogram.unsqueeze(1)))


def projection_head(features, size):
    """Map [batch, ``features``] -> [batch, ``size``], which the loss divides by its length."""
    return nn.Sequential(nn.Linear(features, size), nn.BatchNorm1d(size), nn.ReLU(), nn.Linear(size, size))
