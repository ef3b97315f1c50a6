"""Which threshold and which length of the median filter each class gets, judged by clips that have tags only."""

import numpy as np

from workflow_scripts.detection.post_processing import median_filtered
from workflow_scripts.scoring.tag_f1 import tag_f1


def best_settings(clips, tags, thresholds, lengths):
    """Return (threshold, length, F1) of each class, three arrays [classes].

    ``clips``: probabilities [steps, classes] of each clip; ``tags``: boolean [clips, classes]; ``thresholds``,
    ``lengths`` (in steps, odd): candidates. A clip is tagged with a class where any event of it is left. The
    combination with the best F1 of tags wins; of equals the one whose length, then whose threshold, is named first.
    """
    candidates = [(length, threshold) for length in lengths for threshold in thresholds]
    loudest = {length: np.stack([_loudest(steps, length) for steps in clips]) for length in set(lengths)}
    scores = np.stack([tag_f1(loudest[length] >= threshold, tags) for length, threshold in candidates])
    best = scores.argmax(axis=0)
    chosen_lengths, chosen_thresholds = np.array(candidates)[best].T
    return chosen_thresholds, chosen_lengths.astype(int), scores.max(axis=0)


def _loudest(steps, length):
    return median_filtered(steps, [length] * steps.shape[1]).max(axis=0, initial=0)
