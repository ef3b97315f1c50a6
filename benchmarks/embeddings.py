"""Embeddings against the bare runtime: windows per second of processor time, in turn, on one core.

    python benchmarks/embeddings.py [--weights yamnet] [--file yamnet.tflite] [--runs 5]

The same windows of the demo's clips, at the sample rate of the weights: once by the front end that recipes name, which
cuts the windows, asks the runtime and pools the vectors of each clip, once by a loop that only hands windows that are
cut already to an interpreter of the same kernels. Of TensorFlow Lite and ONNX. ``--file``: the weights, where they are
not in results/weights/.
"""

import argparse
import csv
import statistics
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from workflow_scripts.common.signal.resampling import resample  # noqa: E402
from workflow_scripts.data.audio import read_audio  # noqa: E402
from workflow_scripts.data.front_end import EmbeddingRule  # noqa: E402
from workflow_scripts.front_ends.plan import made_from  # noqa: E402
from workflow_scripts.study.weights import weights_file  # noqa: E402

DEMO = "results/fsdkaggle2018-demo/clips.csv"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="yamnet")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    path = options.file or ROOT / weights_file(options.weights)
    settings = made_from({"embedding": {"weights": options.weights, "pool": ["mean", "max"]}})["embedding"]
    rule = EmbeddingRule(settings, path)
    sounds = [resample(*read_audio(clip), rule.rate) for clip in _clips()]
    windows = np.concatenate([_windows(sound, rule) for sound in sounds])
    bare = {"tflite": _tflite, "onnx": _onnx}[settings["runtime"]["name"]](path)
    figures = {"front end": [], "bare runtime": []}
    for _ in range(options.runs):
        figures["front end"].append(_seconds(lambda: [rule.spectrograms(s, rule.rate, [(0, len(s))]) for s in sounds]))
        figures["bare runtime"].append(_seconds(lambda: [bare(window) for window in windows]))
    rates = {name: len(windows) / statistics.median(seconds) for name, seconds in figures.items()}
    print(f"{len(windows)} windows of {len(sounds)} clips, median of {options.runs} runs")
    for name, rate in rates.items():
        print(f"{name}: {rate:.0f} windows per second of processor time")
    print(f"ratio: {rates['front end'] / rates['bare runtime']:.3f}")


def _clips():
    with open(ROOT / DEMO, newline="") as file:
        return [ROOT / clip["path"] for clip in csv.DictReader(file)]


def _windows(sound, rule):
    sound = np.pad(sound, (0, max(rule.window - len(sound), 0)))
    last = len(sound) - rule.window
    return np.stack([sound[start : start + rule.window] for start in (*range(0, last, rule.hop), last)])


def _tflite(path):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415

    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    model = Interpreter(str(path), num_threads=1, experimental_op_resolver_type=kernels)
    model.allocate_tensors()
    given, found = model.get_input_details()[0]["index"], model.get_output_details()[0]["index"]

    def run(window):
        model.set_tensor(given, window)
        model.invoke()
        return model.get_tensor(found)

    return run


def _onnx(path):
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name, rank = session.get_inputs()[0].name, len(session.get_inputs()[0].shape)
    return lambda window: session.run(None, {name: window.reshape((1,) * (rank - 1) + window.shape)})


def _seconds(work):
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    main()
