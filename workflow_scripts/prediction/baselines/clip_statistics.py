"""A clip of any length as one vector."""

import numpy as np

QUANTILES = (0.5, 0.9, 1.0)
FLOOR = -80.0  # dB re the loudest cell: below it, how silent a silence is would outweigh the sound in every mean


def clip_statistics(spectrogram):
    """Return the statistics of ``spectrogram``, [frames, bands] in dB, as a vector of 6 * bands + 1 numbers.

    Per band over time: mean, standard deviation, median, 0.9 quantile, maximum, and the root mean square of the
    change from frame to frame; at last the number of frames. Levels are relative to the clip's loudest cell and end
    80 dB below it, so that the gain of a recording says nothing.
    """
    levels = np.maximum(np.asarray(spectrogram, float) - spectrogram.max(), FLOOR)
    changes = np.diff(levels, axis=0, prepend=levels[:1])
    return np.concatenate(
        [
            levels.mean(axis=0),
            levels.std(axis=0),
            *np.quantile(levels, QUANTILES, axis=0),
            np.sqrt(np.mean(changes**2, axis=0)),
            [len(levels)],
        ]
    )
