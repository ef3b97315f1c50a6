"""The audio-tagging measures of sed_eval (Mesaros et al. 2016), where every clip has one tag."""

import warnings

import numpy as np

with warnings.catch_warnings():  # dcase_util, which sed_eval needs, imports the deprecated pkg_resources
    warnings.simplefilter("ignore")
    from sed_eval.audio_tag import AudioTaggingMetrics
    from sed_eval.metric import equal_error_rate

from workflow_scripts.scoring.confusion import confusion


def audio_tagging_measures(probabilities, truth):
    """Return sed_eval's measures by name, each in 0..1, of ``probabilities`` [clips, classes] and ``truth`` [clips].

    The estimated tag of a clip is its most probable class, the first of equals.

    - ``sed_eval_f_measure``, ``sed_eval_precision``, ``sed_eval_recall``: over all clips (micro average). As every
      clip has one true and one estimated tag, the three agree with each other and with the accuracy.
    - ``sed_eval_class_f_measure``: mean over the classes that occur in ``truth``. A class that is never estimated
      counts as 0; sed_eval's own class-wise average would leave it out, which rewards never choosing a hard class.
      One that no clip has is left out; a clip that is taken for it is one missed of its true class.
    - ``sed_eval_eer``: equal error rate from the probabilities, mean over the classes that some clips have and others
      lack; NaN where there is no such class.
    """
    truth = np.asarray(truth)
    tags = [str(index) for index in range(probabilities.shape[1])]
    metrics = AudioTaggingMetrics(tags)
    # Its own evaluate() takes time that grows with clips x classes, hours for 1,000 classes; these are its counts.
    counts = confusion(probabilities, truth)
    for index, tag in enumerate(tags):
        right, clips, estimated = (int(n) for n in (counts[index, index], counts[index].sum(), counts[:, index].sum()))
        metrics.tag_wise[tag] |= {"Nref": clips, "Nsys": estimated, "Ntp": right}
    metrics.overall |= {"Nref": len(truth), "Nsys": len(truth), "Ntp": int(counts.trace())}
    overall = metrics.results_overall_metrics()["f_measure"]
    by_class = [result["f_measure"]["f_measure"] for result in metrics.results_class_wise_metrics().values()]
    return {
        "sed_eval_f_measure": overall["f_measure"],
        "sed_eval_precision": overall["precision"],
        "sed_eval_recall": overall["recall"],
        "sed_eval_class_f_measure": float(np.mean([np.nan_to_num(value) for value in by_class if value is not None])),
        "sed_eval_eer": _class_wise_eer(probabilities, truth),
    }


def _class_wise_eer(probabilities, truth):
    rates = [
        equal_error_rate(truth == index, scores)
        for index, scores in enumerate(np.asarray(probabilities).T)
        if 0 < (truth == index).sum() < len(truth)
    ]
    return float(np.mean(rates)) if rates else float("nan")
