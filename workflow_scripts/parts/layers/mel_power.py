"""Power in mel bands, computed inside a network."""

import torch
from torch import nn
from torch.nn.functional import pad

from workflow_scripts.common.signal.mel import mel_filters


class MelPower(nn.Module):
    """Waveforms [batch, samples] -> power in mel bands [batch, ceil(samples / ``hop``), ``bands``], in float32.

    Of frames of ``window`` samples (periodic Hann), one every ``hop``, with as many zeros at both ends as that takes;
    Slaney mel bands of equal area from 0 Hz to ``sample_rate`` / 2. Nothing is learned here.
    """

    def __init__(self, sample_rate, window, hop, bands):
        super().__init__()
        self.window, self.hop = window, hop
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
            return (spectrum.real.square() + spectrum.imag.square()).transpose(1, 2) @ self.filters
