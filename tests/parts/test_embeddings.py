"""Pretrained networks by ONNX Runtime and LiteRT: what they say of windows, and one line where a file is wrong."""

import hashlib
import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.project import ROOT
from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.embeddings import onnx as by_onnx
from workflow_scripts.parts.embeddings import tflite
from workflow_scripts.study.weights import read_weights

YAMNET = ROOT.parent / "shared/data/yamnet.tflite"
WINDOW = 15600
EMBEDDING = "tower0/network/layer28/reduce_mean"
needs_yamnet = pytest.mark.skipif(not YAMNET.exists(), reason="yamnet.tflite is not beside this checkout (shared/data)")


def matrix(size, values, seed=0):
    return np.random.default_rng(seed).normal(size=(size, values)).astype(np.float32)


def written(path, shape, size, values, inputs=1, kind=TensorProto.FLOAT):
    """An ONNX model with the outputs ``vector``, of the values of a window times a matrix, and ``double``.

    ``shape``: of its input, texts stand for any number; all of it but the windows is ``size`` values.
    """
    named = [helper.make_tensor_value_info(f"sound{number}", kind, shape) for number in range(inputs)]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("vector", "double")]
    nodes = [
        helper.make_node("Cast", ["sound0"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["floats", "flat"], ["rows"]),
        helper.make_node("MatMul", ["rows", "matrix"], ["vector"]),
        helper.make_node("Add", ["vector", "vector"], ["double"]),
    ]
    given = [
        numpy_helper.from_array(np.array([-1, size]), "flat"),
        numpy_helper.from_array(matrix(size, values), "matrix"),
    ]
    graph = helper.make_graph(nodes, "embedding", named, outputs, given)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def windows(*shape):
    return np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


# ---------------------------------------------------------------- ONNX


@pytest.mark.parametrize(
    "shape", [["batch", 50], [None, 50], [1, 50], [50], ["batch", 1, 50], [1, 1, 50], ["batch", "samples"]]
)
def test_a_vector_is_what_the_model_says_of_a_window(tmp_path, shape):
    embed = by_onnx.load(written(tmp_path / "a.onnx", shape, 50, 7), (50,), 7, "cpu")
    sounds = windows(5, 50)
    vectors = embed(sounds)
    assert (vectors.shape, vectors.dtype) == ((5, 7), np.float32)
    np.testing.assert_allclose(vectors, sounds @ matrix(50, 7), atol=1e-4)
    np.testing.assert_allclose(embed(sounds[:1]), vectors[:1], atol=1e-5)
    assert embed(sounds).tobytes() == vectors.tobytes()


@pytest.mark.parametrize("shape", [["batch", 6, 4], [1, 6, 4], [6, 4], ["batch", 1, 6, 4], ["batch", 6, "bands"]])
def test_frames_of_a_spectrogram_are_taken_as_they_are(tmp_path, shape):
    embed = by_onnx.load(written(tmp_path / "a.onnx", shape, 24, 3), (6, 4), 3, "cpu")
    patches = windows(4, 6, 4)
    np.testing.assert_allclose(embed(patches), patches.reshape(4, 24) @ matrix(24, 3), atol=1e-4)


def test_the_vector_may_be_another_output_than_the_first(tmp_path):
    path = written(tmp_path / "a.onnx", ["batch", 50], 50, 7)
    first, named = (by_onnx.load(path, (50,), 7, "cpu", output=name) for name in (None, "double"))
    np.testing.assert_allclose(named(windows(2, 50)), 2 * first(windows(2, 50)), rtol=1e-5)


def test_several_threads_may_ask_at_a_time(tmp_path):
    embed = by_onnx.load(written(tmp_path / "a.onnx", ["batch", 50], 50, 7), (50,), 7, "cpu")
    sounds = [windows(3, 50) * number for number in range(1, 20)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(embed, sounds))
    assert [one.tobytes() for one in found] == [embed(one).tobytes() for one in sounds]


MISTAKES = {  # what is wrong -> (shape, further arguments of `written`, of `load`, words)
    "another window": (["batch", 60], {"size": 60}, {}, ["takes any x 60 values, and a window has 50", "`input`"]),
    "patches": (["batch", 5, 10], {}, {}, ["takes any x 5 x 10 values", "`input`"]),
    "seven values": (["batch", 50], {"values": 7}, {}, ["a vector has 7 values, not 3", "`values`"]),
    "two inputs": (["batch", 50], {"inputs": 2}, {}, ["sound0", "sound1", "one tensor(float)"]),
    "integers": (["batch", 50], {"kind": TensorProto.INT64}, {}, ["tensor(int64)", "one tensor(float)"]),
    "eight windows": ([8, 50], {}, {}, ["takes 8 windows at a time", "export it for one, or for any number"]),
    "an unknown output": (["batch", 50], {}, {"output": "scores"}, ["no output 'scores'", "vector, double"]),
    "a model that fails": (["batch", "samples"], {"size": 33}, {}, ["cannot run it on a window"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_model_that_does_not_suit_is_one_line_that_names_it(tmp_path, mistake):
    shape, of_file, of_load, words = MISTAKES[mistake]
    path = written(tmp_path / "a.onnx", shape, **{"size": 50, "values": 3} | of_file)
    one_line(lambda: by_onnx.load(path, (50,), 3, "cpu", **of_load), [str(path), *words])


def test_a_model_of_samples_is_not_given_frames(tmp_path):
    path = written(tmp_path / "a.onnx", [24], 24, 3)
    one_line(lambda: by_onnx.load(path, (6, 4), 3, "cpu"), [str(path), "takes 24 values, and a window has 6 x 4"])


@pytest.mark.parametrize("content", [b"", b"no model", bytes(1000)])
def test_a_file_that_is_no_model_is_one_line(tmp_path, content):
    (tmp_path / "a.bin").write_bytes(content)
    for part, title in ((by_onnx, "ONNX Runtime reads no model in it"), (tflite, "LiteRT reads no model in it")):
        words = [str(tmp_path / "a.bin"), title, "correct the file"]
        one_line(lambda part=part: part.load(tmp_path / "a.bin", (50,), 3, "cpu"), words)


def one_line(load, words):
    with pytest.raises(UserError) as caught:
        load()
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


# ---------------------------------------------------------------- without the runtimes


@pytest.mark.parametrize(
    ("part", "module", "package"),
    [(by_onnx, "onnxruntime", "onnxruntime"), (tflite, "ai_edge_litert.interpreter", "ai-edge-litert")],
)
def test_a_runtime_that_is_not_there_is_one_line_that_says_how_to_get_it(tmp_path, monkeypatch, part, module, package):
    real = importlib.import_module

    def absent(name, *arguments):
        if name == module:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *arguments)

    path = written(tmp_path / "a.onnx", ["batch", 50], 50, 3)
    monkeypatch.setattr(importlib, "import_module", absent)
    words = [str(path), package, module, "pip install -r envs/requirements-embeddings.txt"]
    one_line(lambda: part.load(path, (50,), 3, "cpu"), words)
    assert (ROOT / "envs/requirements-embeddings.txt").is_file()


def test_runtimes_are_imported_where_a_model_is_loaded_only():
    check = "import sys; from workflow_scripts.parts.embeddings import onnx, tflite"
    check += "; from workflow_scripts.data import front_end"
    check += "; sys.exit(any(name.split('.')[0] in ('onnxruntime', 'ai_edge_litert', 'torch') for name in sys.modules))"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)


# ---------------------------------------------------------------- TensorFlow Lite: YAMNet


@pytest.fixture(scope="module")
def sounds():
    """Windows of noise, of silence, of a tone and of quieter noise."""
    noise = 0.3 * windows(WINDOW)
    tone = 0.5 * np.sin(2 * np.pi * 440 / 16000 * np.arange(WINDOW, dtype=np.float32))
    return np.stack([noise, np.zeros(WINDOW, np.float32), tone.astype(np.float32), noise / 10])


def bare(sound, tensor=None):
    """What LiteRT's own kernels say of one window."""
    litert = importlib.import_module("ai_edge_litert.interpreter")
    interpreter = litert.Interpreter(
        model_path=str(YAMNET),
        num_threads=1,
        experimental_op_resolver_type=litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sound)
    interpreter.invoke()
    found = [one for one in interpreter.get_tensor_details() if one["name"] == tensor]
    details = found[0] if found else interpreter.get_output_details()[0]
    values, (scale, zero) = interpreter.get_tensor(details["index"]).ravel(), details["quantization"]
    return (values.astype(float) - zero) * scale if scale else values.astype(float)


@needs_yamnet
def test_yamnet_is_the_file_that_weights_means():
    content, described = YAMNET.read_bytes(), read_weights("yamnet")
    assert (len(content), hashlib.md5(content).hexdigest()) == (described["bytes"], described["md5"])
    assert described["runtime"] == {"name": "tflite", "tensor": EMBEDDING}


@needs_yamnet
@pytest.mark.parametrize(("tensor", "values"), [(EMBEDDING, 1024), (None, 521)])
def test_yamnet_says_what_the_bare_runtime_says(sounds, tensor, values):
    vectors = tflite.load(YAMNET, (WINDOW,), values, "cpu", tensor=tensor)(sounds)
    assert (vectors.shape, vectors.dtype) == ((4, values), np.float32)
    np.testing.assert_allclose(vectors, [bare(sound, tensor) for sound in sounds], atol=1e-6)


@needs_yamnet
def test_threads_that_ask_at_a_time_get_the_same_bytes_and_sounds_other_vectors(sounds):
    embed = tflite.load(YAMNET, (WINDOW,), 1024, "cpu", tensor=EMBEDDING)
    alone = [embed(sound[None]).tobytes() for sound in sounds]
    with ThreadPoolExecutor(4) as pool:
        together = [one.tobytes() for one in pool.map(lambda sound: embed(sound[None]), [*sounds, *sounds])]
    assert together == alone * 2
    assert len(set(alone)) == len(sounds)


@needs_yamnet
@pytest.mark.parametrize(
    ("shape", "values", "tensor", "words"),
    [
        ((WINDOW,), 1024, "embedding", ["no tensor 'embedding'", "`runtime`"]),
        ((16000,), 1024, EMBEDDING, ["takes 15600 values, and a window has 16000", "`input`"]),
        ((96, 64), 1024, EMBEDDING, ["a window has 96 x 64", "`input`"]),
        ((WINDOW,), 521, EMBEDDING, ["a vector has 1024 values, not 521", "`values`"]),
    ],
)
def test_a_mistake_about_yamnet_is_one_line_that_names_its_file(shape, values, tensor, words):
    one_line(lambda: tflite.load(YAMNET, shape, values, "cpu", tensor=tensor), [str(YAMNET), *words])
