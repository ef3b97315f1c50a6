"""A recording for a page: MP3 to listen to, and a spectrogram to look at."""

import io

import numpy as np
import soundfile
from matplotlib import colormaps
from PIL import Image

from workflow_scripts.common.signal.mel import mel_of
from workflow_scripts.common.signal.resampling import resample
from workflow_scripts.data.audio import read_audio
from workflow_scripts.parts.spectrograms import log_mel

RATE = 32000  # Hz
LONGEST = 30  # seconds
BLOCK = 2**16  # samples that the encoder is given at a time: libsndfile overflows its stack on long arrays
LEVEL = 0.95  # of 320 to 32 kbit/s: 48 kbit/s, in steps of the format
BANDS = 96
COLUMNS = 700  # of a picture, at most
SHORTEST_HOP, N_FFT = 128, 2048  # samples
FLOOR = -80  # dB below the loudest
LEVELS = 41  # of brightness: steps of 2 dB compress well and cannot be seen


def read_start(path):
    """Return (samples, seconds): the first :data:`LONGEST` seconds as mono float32 at :data:`RATE`, and the length.

    Raises UserError where the file cannot be read, see :func:`workflow_scripts.data.audio.read_audio`.
    """
    samples, rate = read_audio(path)
    start = samples[: LONGEST * rate]
    if len(start):
        start = resample(start, rate, RATE)
    return start, len(samples) / rate


def mp3(samples):
    """Return ``samples`` as an MP3 file of a constant 48 kbit/s; the same bytes every time, unlike Ogg."""
    file = io.BytesIO()
    form = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT", "compression_level": LEVEL}
    with soundfile.SoundFile(file, "w", RATE, channels=1, **form) as encoder:
        for first in range(0, len(samples), BLOCK):
            encoder.write(samples[first : first + BLOCK])
    return file.getvalue()


def picture(samples):
    """Return the log-mel spectrogram as a PNG file, low frequencies at the bottom; what is silent is dark."""
    hop = max(SHORTEST_HOP, len(samples) // COLUMNS)
    level = np.full((1, BANDS), FLOOR)
    if samples.any():
        level = log_mel.spectrogram(samples, RATE, sample_rate=RATE, n_fft=N_FFT, hop=hop, bands=BANDS)
    brightness = np.clip(np.round((1 - level.T / FLOOR) * (LEVELS - 1)), 0, LEVELS - 1).astype(np.uint8)
    image = Image.fromarray(brightness[::-1])
    image.putpalette(colormaps["magma"](np.linspace(0, 1, LEVELS), bytes=True)[:, :3].tobytes())
    file = io.BytesIO()
    image.save(file, "png", optimize=True)
    return file.getvalue()


def height(hertz):
    """Return how high in a picture a frequency is, from 0 at the bottom to 1."""
    mel = mel_of(hertz) / mel_of(RATE / 2)
    return float((mel * (BANDS + 1) - 0.5) / BANDS)  # a band reaches from the centre of one neighbour to the other's
