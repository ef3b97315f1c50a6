"""The scores: one row per system, split and metric.

A system that holds out a part of the training clips only is scored on those, and its ``clips`` are fewer than those of
others; where none of them is verified, it has no row of that split.

A class that no scored clip has is left out of every mean of classes alike; false alarms of it count in measures over
all clips or events (micro averages). The tables of class scores name it: it has no clips, no events.
"""

import numpy as np
import pandas as pd

from workflow_scripts.tables.measures import Measures


class Scores(Measures):
    file = "<dataset>/scores.csv, <dataset>/event_scores.csv"
    key = ("system", "split", "metric")

    system: str  # name of the system
    split: str  # oof_verified (out-of-fold predictions of the verified training clips), or of the test clips: public,
    # private, all; of events, the usage of the test clips
    metric: str  # map3, accuracy, a measure of sed_eval (sed_eval_...); where the task is multilabel lwlrap, micro_f1,
    # macro_f1, map (mean average precision), auc (mean area under the ROC curves), d_prime, auc_classes (how many these
    # two stand on); expected_calibration_error (0 is best), clips and classes: how many the scores and the means of
    # classes stand on, or listed_clips and listed_classes: how many the data set has
    value: float | None  # [0..1] but for numbers of clips and classes, and d_prime, which is infinite where auc is 1;
    # empty where the metric is undefined
    low: float | None  # [0..1] lower end of the 95 % bootstrap interval over clips; empty where the metric has none
    high: float | None  # [0..1] its upper end
    published: float | None  # [0..1] the value that the system's authors report; empty where there is none, or the run
    # is not of the published size
    pretrained: str  # names in weights/ of the networks whose embeddings it is made from; empty where there are none


write_scores = Scores.write


def read_scores(path):
    """Return the score table indexed by system, split and metric."""
    return Scores.read(path).set_index(list(Scores.key))


def score_of(scores, system, split, metric):
    """Return a row of the score table; of a system that has predicted no clip of the split, one of NaN."""
    key = (system, split, metric)
    return scores.loc[key] if key in scores.index else pd.Series(np.nan, scores.columns)


def fewer_clips(scores, system, split):
    """Return on how many clips the scores of ``system`` stand, as text; empty where on as many as the first one."""
    clips = score_of(scores, system, split, "clips")["value"]
    first = scores.loc[(scores.index[0][0], split, "clips"), "value"]
    return "" if clips == first else f"{0 if np.isnan(clips) else int(clips):,}"


def clips_of(scores, split):
    """Return on how many clips the scores of ``split`` stand, as text; ``11 of 12`` where some had no usable audio."""
    system = scores.index[0][0]
    clips, listed = (int(scores.loc[(system, split, metric), "value"]) for metric in ("clips", "listed_clips"))
    return f"{clips:,}" if clips == listed else f"{clips:,} of {listed:,}"


def in_words(scores, system):
    """Return what to call ``system`` where its score is shown: that it was pretrained is always said."""
    return f"{system} (pretrained)" if (scores.loc[[system], "pretrained"] != "").any() else system
