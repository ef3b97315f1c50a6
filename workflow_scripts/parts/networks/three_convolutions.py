"""The baseline of DCASE 2018 Task 2 (Fonseca et al. 2018, sizes from the public code)."""

from torch import nn
from torch.nn.functional import max_pool2d, pad

DEVIATION = 1e-3  # of the initial weights


def build(classes, filters=(100, 150, 200)):
    """Return three convolutions of so many ``filters`` with pools between them, the global maximum, and a classifier.

    Parameters with 41 classes and the published sizes: 658,591.
    """
    return ThreeConvolutions(classes, *filters)


class ThreeConvolutions(nn.Module):
    def __init__(self, classes, first, second, third):
        super().__init__()
        self.first = nn.Conv2d(1, first, 7, padding=3)
        self.second = nn.Conv2d(first, second, 5, padding=2)
        self.third = nn.Conv2d(second, third, 3, padding=1)
        self.classifier = nn.Linear(third, classes)
        for layer in self.children():
            nn.init.trunc_normal_(layer.weight, std=DEVIATION, a=-2 * DEVIATION, b=2 * DEVIATION)
            nn.init.zeros_(layer.bias)

    def forward(self, spectrogram):
        maps = halved(self.first(spectrogram.unsqueeze(1)).relu())
        maps = halved(self.second(maps).relu())
        return self.classifier(self.third(maps).relu().amax(dim=(2, 3)))


def halved(maps):
    """Return the maxima of 3 x 3 at every other position, rounded up ("same" padding); ``maps`` are not negative."""
    frames, bands = ((size + 1) // 2 * 2 + 1 - size for size in maps.shape[2:])  # how many are lacking
    return max_pool2d(pad(maps, (bands // 2, bands - bands // 2, frames // 2, frames - frames // 2)), 3, 2)
