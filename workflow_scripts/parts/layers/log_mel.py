"""Log-mel spectrograms inside a network: nothing is learned here, but what is mixed are waveforms."""

import torch
from torch import nn
from torch.nn.functional import pad

from workflow_scripts.common.signal.mel import mel_filters

QUIETEST = 1e-10  # magnitude


class LogMel(nn.Module):
    """Waveforms [batch, samples] -> [batch, ceil(samples / ``hop``), ``bands``], decibels below each one's own maximum.

    Magnitudes of frames of ``window`` samples (periodic Hann), one every ``hop``, with as many zeros at both ends as
    that takes; in Slaney mel bands of equal area from 0 Hz to ``sample_rate`` / 2; at least -``range_db``. What a
    waveform is multiplied by does not matter. As Kapre does it, of which the authors' code makes use.
    """

    def __init__(self, sample_rate, window, hop, bands, range_db=80):
        super().__init__()
        self.window, self.hop, self.range_db = window, hop, range_db
        filters = mel_filters(sample_rate, window, bands)
        self.register_buffer("filters", torch.from_numpy(filters.T).contiguous(), persistent=False)
        self.register_buffer("taper", torch.hann_window(window), persistent=False)

    def forward(self, waveforms):
        frames = -(-waveforms.shape[1] // self.hop)
        lacking = max((frames - 1) * self.hop + self.window - waveforms.shape[1], 0)
        padded = pad(waveforms, (lacking // 2, lacking - lacking // 2))
        with torch.autocast(waveforms.device.type, enabled=False):
            spectrum = torch.stft(
                padded.float(), self.window, self.hop, window=self.taper, center=False, return_complex=True
            )
            mel = spectrum.abs().transpose(1, 2) @ self.filters
        decibels = 10 * mel.clamp(min=QUIETEST).log10()
        return (decibels - decibels.amax(dim=(1, 2), keepdim=True)).clamp(min=-self.range_db)
