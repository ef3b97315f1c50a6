"""One soundscape: a noise, and events of some classes in it, like the clips of DCASE 2018 Task 4."""

import numpy as np

from workflow_scripts.common.signal.resampling import resample

CLASSES_AT_A_TIME = [0.6236, 0.3289, 0.0475]  # share of clips with 1, 2, 3 classes in the challenge's weak.csv
MOST_EVENTS = 3  # of one class
LEAST_SECONDS = 0.25  # of an event, and
LEAST_PAUSE_SECONDS = 0.15  # between two of one class, by the challenge's rules of annotation
NOISE = 0.003  # RMS, full scale = 1
LEVELS_DB = (15, 30)  # of events, above the noise
SPEEDS = (0.85, 1.18)  # at which recordings are played, about three semitones down or up
FADE_SECONDS = 0.01
LOUDEST = 0.9
ATTEMPTS = 20  # to find room for an event


def soundscape(recordings, lengths, seconds, rate, rng):
    """Return (samples [n] float32, events [(onset, offset, label)] by onset, in seconds).

    ``recordings``: label -> recordings, each a list of its sounding pieces, arrays at ``rate`` Hz. ``lengths``: label
    -> (least, most) seconds of an event, drawn uniformly, for which pieces of some recordings follow each other; it
    ends with the soundscape. An event of any other label is one piece. A soundscape has one to three classes.
    """
    samples = NOISE * _coloured_noise(round(seconds * rate), rng)
    events = []
    labels = sorted(recordings)
    count = min(1 + rng.choice(len(CLASSES_AT_A_TIME), p=CLASSES_AT_A_TIME), len(labels))
    for label in rng.choice(labels, count, replace=False):
        level = NOISE * 10 ** (rng.uniform(*LEVELS_DB) / 20)
        speed = np.exp(rng.uniform(*np.log(SPEEDS)))
        for start, sound in _placed(recordings[label], lengths.get(label), speed, len(samples), rate, rng):
            samples[start : start + len(sound)] += level / np.sqrt(np.mean(sound**2)) * sound
            length = max(len(sound) / rate, LEAST_SECONDS)
            events.append((start / rate, start / rate + length, str(label)))
    samples *= min(LOUDEST / np.abs(samples).max(), 1)
    return samples.astype(np.float32), sorted(events)


def _placed(recordings, length, speed, room, rate, rng):
    """Yield (first sample, samples) of the events of one class, which do not overlap."""
    taken = []
    own = recordings[rng.integers(len(recordings))]
    for _ in range(1 if length else rng.integers(1, MOST_EVENTS + 1)):
        if length:
            sound = _long(recordings, rng.uniform(*length), speed, rate, rng)
        else:
            sound = _played(own[rng.integers(len(own))], speed, rate)
        sound = _faded(sound[:room], rate)
        span = max(len(sound), round(LEAST_SECONDS * rate))
        for _ in range(ATTEMPTS):
            start = int(rng.integers(room - span + 1))
            pause = round(LEAST_PAUSE_SECONDS * rate)
            if all(start + span + pause <= first or start >= last + pause for first, last in taken):
                taken.append((start, start + span))
                yield start, sound
                break


def _long(recordings, seconds, speed, rate, rng):
    """Return pieces of three recordings in random order, one after the other, for so many ``seconds``."""
    numbers = rng.integers(len(recordings), size=3)
    pieces = [_played(piece, speed, rate) for number in numbers for piece in recordings[number]]
    sound = np.zeros(0)
    while len(sound) < seconds * rate:
        sound = np.append(sound, _faded(pieces[rng.integers(len(pieces))], rate))
    return sound[: round(seconds * rate)]


def _played(piece, speed, rate):
    return resample(piece, rate * speed, rate, "QQ")


def _faded(sound, rate):
    ramp = np.minimum(np.arange(len(sound)) / (FADE_SECONDS * rate), 1)
    return sound * ramp * ramp[::-1]


def _coloured_noise(length, rng):
    """Return noise of RMS 1 whose power falls by 0 to 6 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum[0] = 0
    spectrum[1:] /= np.arange(1, len(spectrum)) ** rng.uniform(0, 1)
    noise = np.fft.irfft(spectrum, length)
    return noise / np.sqrt(np.mean(noise**2))
