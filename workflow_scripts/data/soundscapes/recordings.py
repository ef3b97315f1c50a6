"""What of a recording is sound: the pieces that soundscapes are made of."""

import numpy as np

from workflow_scripts.parts.silence.split_on_silence import find_segments

PAUSE_SECONDS = 0.15  # a shorter one is none, as for the annotators of DCASE 2018 Task 4
FLOOR_DB = -35.0  # re the recording's peak; what is softer is a pause
SHORTEST_SECONDS = 0.05


def sounding_pieces(samples, rate):
    """Return the parts [n] of ``samples`` between pauses, of a recording whose peak is made 1; of silence none."""
    peak = np.abs(samples).max(initial=0)
    if peak == 0:
        return []
    samples = samples / peak
    level = {"threshold_db": FLOOR_DB, "transient_threshold_db": FLOOR_DB}
    bounds = find_segments(samples, rate, min_silence_seconds=PAUSE_SECONDS, keep_seconds=0.0, **level)
    return [samples[start:end] for start, end in bounds if end - start >= SHORTEST_SECONDS * rate]
