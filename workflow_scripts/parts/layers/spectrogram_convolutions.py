"""The convolutions on the mel-spectrogram of Lederle & Wilhelm (2018), with the spectrogram computed inside."""

from itertools import pairwise

from torch import nn
from torch.nn.functional import interpolate

from workflow_scripts.parts.layers.excerpt import SAMPLE_RATE, samples_of
from workflow_scripts.parts.layers.expected import expect
from workflow_scripts.parts.layers.mel_power import MelPower

BANDS = 128
QUIETEST = 1e-10  # power
COLUMNS = {1: 170, 2: 300, 3: 400}  # by seconds of the input
FIRST_POOL = {1: (1, 1), 2: (2, 2), 3: (2, 2)}  # bands, columns


class SpectrogramConvolutions(nn.Module):
    """Waveforms [batch, 44,100 x ``seconds``, 1] at 44.1 kHz -> ``features`` [batch, features].

    The spectrogram: 128 mel bands of frames of 2048 samples, one every 256, in decibels, at least -100; resized along
    time to 170, 300 or 400 columns by linear interpolation; each band standardised by batch norm, which learns no
    scale. Then six blocks, of two convolutions and five times one, each with a ReLU, max pooling and batch norm;
    ``width`` filters in the first two, twice and four times as many in the next two and the last two. ``seconds``: 1, 2
    or 3; with 64 filters there are 2048, 1024 or 1536 features.

    The paper computes the spectrogram of the whole clip in advance and slices it. Here it is the excerpt's own: frames
    at its ends see zeros instead of what lies beyond, and a mixture's spectrogram is that of the mixed waveforms.
    """

    def __init__(self, seconds, width):
        super().__init__()
        self.samples, self.columns = samples_of(seconds), COLUMNS[seconds]
        self.mel = MelPower(SAMPLE_RATE, window=2048, hop=256, bands=BANDS)
        self.norm = nn.BatchNorm1d(BANDS, affine=False)
        self.blocks = nn.Sequential(
            _block([1, width, width], 4, FIRST_POOL[seconds]),
            _block([width, width], 4, (2, 2)),
            _block([width, 2 * width], 3, (2, 4)),
            _block([2 * width, 2 * width], 3, (2, 2)),
            _block([2 * width, 4 * width], 3, (2, 2)),
            _block([4 * width, 4 * width], 3, (2, 2)),
        )
        bands, columns = BANDS, self.columns
        for block in self.blocks:
            bands, columns = bands // block[-2].kernel_size[0], columns // block[-2].kernel_size[1]
        self.features = 4 * width * bands * columns

    def forward(self, waveforms):
        expect(waveforms.shape[1], self.samples, "samples", f"set windows.length to {self.samples}")
        decibels = 10 * self.mel(waveforms.squeeze(2)).clamp(min=QUIETEST).log10()
        columns = interpolate(decibels.transpose(1, 2), self.columns, mode="linear", align_corners=False)
        return self.blocks(self.norm(columns).unsqueeze(1)).flatten(1)


def _block(filters, size, pool):
    """Return convolutions from each number of ``filters`` to the next, none of which loses a band or a column."""
    layers, before = [], (size - 1) // 2
    for inputs, outputs in pairwise(filters):
        padding = nn.ZeroPad2d((before, size - 1 - before) * 2)
        layers += [padding, nn.Conv2d(inputs, outputs, size), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(pool), nn.BatchNorm2d(filters[-1]))
