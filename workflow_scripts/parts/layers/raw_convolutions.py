"""The convolutions on the waveform of Lederle & Wilhelm (2018)."""

from torch import nn

from workflow_scripts.parts.layers.excerpt import samples_of
from workflow_scripts.parts.layers.expected import expect

FIRST_POOL = {1: 8, 2: 16, 3: 16}  # by seconds of the input


class RawConvolutions(nn.Module):
    """Waveforms [batch, 44,100 x ``seconds``, 1] at 44.1 kHz -> ``features`` [batch, features].

    Four blocks of two convolutions, each with a ReLU, max pooling and batch norm; ``width`` filters in the first one,
    doubling. ``seconds``: 1, 2 or 3; with 32 filters there are 256, 256 or 512 features.
    """

    def __init__(self, seconds, width):
        super().__init__()
        self.samples = samples_of(seconds)
        blocks, inputs, length = [], 1, self.samples
        for size, filters, pool in ((11, 1, FIRST_POOL[seconds]), (9, 2, 16), (7, 4, 16), (5, 8, 16)):
            outputs, length = filters * width, length // pool
            convolutions = [*_convolution(inputs, outputs, size), *_convolution(outputs, outputs, size)]
            blocks.append(nn.Sequential(*convolutions, nn.MaxPool1d(pool), nn.BatchNorm1d(outputs)))
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.features = inputs * length

    def forward(self, waveforms):
        expect(waveforms.shape[1], self.samples, "samples", f"set windows.length to {self.samples}")
        return self.blocks(waveforms.transpose(1, 2)).flatten(1)


def _convolution(inputs, outputs, size):
    return [nn.Conv1d(inputs, outputs, size, padding=size // 2), nn.ReLU()]
