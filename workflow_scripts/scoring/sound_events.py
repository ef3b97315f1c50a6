"""The scores of detected sound events by sed_eval (Mesaros et al. 2016), event-based as in DCASE 2018 Task 4.

An event is found where an estimated one has its label, an onset within 200 ms of its own, and an offset within 200 ms
or 20 % of its length, whichever is more; each estimate finds one event at most, so that as many as possible are found.
"""

import warnings

import numpy as np

with warnings.catch_warnings():  # dcase_util, which sed_eval needs, imports the deprecated pkg_resources
    warnings.simplefilter("ignore")
    from sed_eval.sound_event import EventBasedMetrics, SegmentBasedMetrics

COLLAR_SECONDS, SHARE_OF_LENGTH = 0.2, 0.2
SEGMENT_SECONDS = 1.0
COUNTS = ["Nref", "Nsys", "Ntp"]  # of sed_eval: events in the reference, estimated ones, and those found
MEANS = ["f_measure", "precision", "recall", "error_rate"]  # of sed_eval, of each class


def event_based(reference, estimated, clips, classes):
    """Return (sed_eval's metrics after all clips, counts [clips, classes, 3]: reference, estimated, found).

    ``reference``, ``estimated``: tables with the columns fname, onset, offset (seconds) and event_label, in which clips
    without events have no row; events of other clips are ignored. ``clips``: the names of all clips that are scored,
    each once. ``classes``: the fixed list of labels; every event has one of them.

    With sed_eval's ``zero_score`` a class that is never estimated counts as 0. Means over the classes are those of
    :func:`class_means`; sed_eval's own leave a class that sounds in none of ``clips`` out of F1 and recall only.
    """
    metrics = EventBasedMetrics(
        classes,
        t_collar=COLLAR_SECONDS,
        percentage_of_length=SHARE_OF_LENGTH,
        empty_system_output_handling="zero_score",
    )
    return metrics, _evaluate(metrics, reference, estimated, clips, classes)


def segment_based(reference, estimated, clips, classes):
    """The same of segments of one second, in which a class is active or not: counts of active segments.

    A clip is evaluated as far as its last event, in the reference or estimated, reaches.
    """
    metrics = SegmentBasedMetrics(classes, time_resolution=SEGMENT_SECONDS)
    return metrics, _evaluate(metrics, reference, estimated, clips, classes)


def clip_based(reference, estimated, clips, classes):
    """Return counts [clips, classes, 3] of the classes that clips have by their events, wherever these are."""
    has = [_tagged(table, clips, classes) for table in (reference, estimated)]
    return np.stack([*has, has[0] & has[1]], axis=2).astype(int)


def right_estimates(reference, estimated):
    """Tell of each of the events ``estimated`` in a clip whether it finds one of the ``reference``; an array [events].

    For pictures: of several that find the same event, each counts as right.
    """
    right = []
    for event in estimated.itertuples():
        same = reference[reference["event_label"] == event.event_label]
        collar = np.maximum(COLLAR_SECONDS, SHARE_OF_LENGTH * (same["offset"] - same["onset"]))
        near = (same["onset"] - event.onset).abs() <= COLLAR_SECONDS
        right.append(bool((near & ((same["offset"] - event.offset).abs() <= collar)).any()))
    return np.array(right, bool)


def class_means(metrics):
    """Return the :data:`MEANS` by name, over the classes that the reference has.

    ``metrics``: after all clips. A class that sounds in no scored clip is left out of all four alike, as if it were not
    in the vocabulary; NaN where no class sounds. Its false alarms count in sed_eval's overall (micro) measures. (Of
    such a class sed_eval says F1 and recall NaN, precision 0 and an error rate of its false alarms over 2e-16.) One
    that is never estimated counts as 0.
    """
    heard = [one for one in metrics.results_class_wise_metrics().values() if one["count"]["Nref"] > 0]
    if not heard:
        return dict.fromkeys(MEANS, float("nan"))
    measures = [one["f_measure"] | {"error_rate": one["error_rate"]["error_rate"]} for one in heard]
    return {name: float(np.mean(np.nan_to_num([one[name] for one in measures]))) for name in MEANS}


def class_f1(counts):
    """Return 2 found / (reference + estimated) of the last axis of ``counts``, NaN where the reference has none."""
    reference, estimated, found = np.moveaxis(counts, -1, 0)
    return np.divide(2 * found, reference + estimated, out=np.full(found.shape, np.nan), where=reference > 0)


def macro_f1(counts):
    """Return the mean of :func:`class_f1` over the classes that the reference has; NaN where it has none.

    ``counts``: [..., classes, 3].
    """
    f1 = class_f1(counts)
    known = ~np.isnan(f1)
    classes = known.sum(axis=-1)
    return np.divide(np.nansum(f1, axis=-1), classes, out=np.full(classes.shape, np.nan), where=classes > 0)


def _evaluate(metrics, reference, estimated, clips, classes):
    references, estimates = _by_clip(reference), _by_clip(estimated)
    totals = [np.zeros((len(classes), len(COUNTS)), int)]
    for clip in clips:
        metrics.evaluate(references.get(clip, []), estimates.get(clip, []))
        totals.append(np.array([[int(metrics.class_wise[label][name]) for name in COUNTS] for label in classes]))
    return np.diff(totals, axis=0)


def _by_clip(table):
    """Return fname -> its events as sed_eval takes them."""
    events = table[["fname", "onset", "offset", "event_label"]].rename(columns={"fname": "filename"})
    return {clip: rows.to_dict("records") for clip, rows in events.groupby("filename", sort=False)}


def _tagged(table, clips, classes):
    pairs = set(zip(table["fname"], table["event_label"], strict=True))
    return np.array([[(clip, label) in pairs for label in classes] for clip in clips]).reshape(len(clips), len(classes))
