"""Log-mel spectrograms inside a network: nothing is learned here, but what is mixed are waveforms."""

from workflow_scripts.parts.layers.mel_power import MelPower

QUIETEST = 1e-10  # amplitude


class LogMel(MelPower):
    """Waveforms [batch, samples] -> [batch, ceil(samples / ``hop``), ``bands``], from -``range_db`` to 0.

    As Kapre computes it in the versions of 2018 (0.1.3), which Jeong & Lim use: 10 log10 of amplitudes. A band's
    amplitude is the root of the power in it: of frames of ``window`` samples (periodic Hann), one every ``hop``, with
    as many zeros at both ends as that takes; Slaney mel bands of equal area from 0 Hz to ``sample_rate`` / 2.

    In training mode 0 is the largest value of the whole batch. So it matters how loud a waveform is beside the others:
    to its spectrogram, hence to its loss, and to which losses are masked. In evaluation mode 0 is the largest value of
    each waveform, as in a batch of one clip, which is what the authors predict: neither its level matters, nor what it
    is predicted (or validated) together with.
    """

    def __init__(self, sample_rate, window, hop, bands, range_db=80):
        super().__init__(sample_rate, window, hop, bands)
        self.range_db = range_db

    def forward(self, waveforms):
        decibels = 5 * super().forward(waveforms).clamp(min=QUIETEST**2).log10()  # 10 log10 of its root
        loudest = decibels.amax() if self.training else decibels.amax(dim=(1, 2), keepdim=True)
        return (decibels - loudest).clamp(min=-self.range_db)
