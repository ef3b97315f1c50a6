#!/usr/bin/env bash
# Versions: sed_eval 0.2.1, dcase_util 0.2.20, numpy 2.4.6, Python 3.11.
# Behaviour: AudioTaggingMetrics.evaluate, given the tags of all clips at once as its documentation shows, searches the
# whole list for every class and every clip: four times the clips take sixteen times as long. 400 clips of 10 classes take
# seconds; the 10,231 clips and 200 classes of FSD50K's evaluation set would take about 16 hours. Nothing tells so, and the
# scores are right. Clip by clip (evaluate() accumulates) the time grows with clips x classes and the scores are the same.
# Output seen on 2026-11-30:
#   100 clips of 10 classes: 0.31 s of processor time at once, 0.13 s clip by clip
#   400 clips of 10 classes: 4.38 s of processor time at once, 0.45 s clip by clip
#   at once 13.9 times as long for 4 times the clips; the class-wise F1 is the same: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3.11 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check sed_eval==0.2.1 dcase_util==0.2.20 numpy==2.4.6 librosa==0.11.0 setuptools==80.10.2
venv/bin/python - <<'EOF'
import warnings

warnings.simplefilter("ignore")
import time

import numpy as np
from sed_eval.audio_tag import AudioTaggingMetrics

CLASSES = [f"class {number}" for number in range(10)]


def tagged(labels):
    return [{"filename": f"{number}.wav", "tags": [CLASSES[label]]} for number, label in enumerate(labels)]


def scored(parts):
    """Return (processor seconds, F1 of the classes) of evaluating ``parts``, pairs of lists, one after the other."""
    metrics, started = AudioTaggingMetrics(CLASSES), time.process_time()
    for reference, estimated in parts:
        metrics.evaluate(reference, estimated)
    seconds = time.process_time() - started
    return seconds, [one["f_measure"]["f_measure"] for one in metrics.results_class_wise_metrics().values()]


seconds, same = [], True
for clips in (100, 400):
    random = np.random.default_rng(0)
    truth = np.arange(clips) % 10
    reference, estimated = tagged(truth), tagged(np.where(random.random(clips) < 0.7, truth, (truth + 1) % 10))
    at_once, f1 = scored([(reference, estimated)])
    one_by_one, f1_again = scored([([a], [b]) for a, b in zip(reference, estimated)])
    seconds.append((at_once, one_by_one))
    same = same and np.allclose(f1, f1_again)
    print(f"{clips} clips of 10 classes: {at_once:.2f} s of processor time at once, {one_by_one:.2f} s clip by clip")
growth = seconds[1][0] / seconds[0][0]
print(f"at once {growth:.1f} times as long for 4 times the clips; the class-wise F1 is the same: {same}")
if not (growth > 6 and seconds[1][0] > 4 * seconds[1][1] and same):
    raise SystemExit(f"the behaviour has changed: {seconds}")
EOF
