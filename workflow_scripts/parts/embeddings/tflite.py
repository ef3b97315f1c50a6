"""Networks as TensorFlow Lite, run by LiteRT.

On its own kernels, without a delegate: XNNPACK, which would be chosen by itself, rounds 8-bit weights otherwise (scores
of YAMNet move by up to 0.09) and has other code on other CPUs. One window at a time: a model that is resized to longer
inputs hears the first window only.
"""

import threading
from pathlib import Path

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.embeddings._model_file import batch_of_input, check_values, imported, in_one_line


def load(path, shape, values, device, *, tensor=None):
    """Return the function of a model that takes one window of float32.

    ``tensor``: name of the tensor whose values are the vector, None: the model's first output. One of 8-bit integers is
    scaled as the file says.
    """
    litert, content = imported("ai_edge_litert.interpreter", "LiteRT (ai-edge-litert)", path), Path(path).read_bytes()
    of_thread = threading.local()  # an interpreter is of one thread

    def embed(windows):
        if not hasattr(of_thread, "model"):
            of_thread.model = _Model(litert, content, path, tensor)
        return np.stack([of_thread.model.embed(window) for window in windows])

    batch_of_input(path, _Model(litert, content, path, tensor).input["shape"].tolist(), shape)
    check_values(path, embed(np.zeros((1, *shape), np.float32)), values)
    return embed


class _Model:
    def __init__(self, litert, content, path, tensor):
        kernels = litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        options = {"num_threads": 1, "experimental_op_resolver_type": kernels}
        try:
            self.interpreter = litert.Interpreter(model_content=content, **options)
            self.interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise UserError(f"{path}: LiteRT reads no model in it ({in_one_line(error)}); correct the file") from None
        self.input = self.interpreter.get_input_details()[0]
        named = [one for one in self.interpreter.get_tensor_details() if one["name"] == tensor]
        if tensor is not None and not named:
            raise UserError(f"{path}: the model has no tensor {tensor!r}; correct `runtime` in its weights/*.yaml")
        self.output = named[0] if named else self.interpreter.get_output_details()[0]

    def embed(self, window):
        self.interpreter.set_tensor(self.input["index"], window.reshape(self.input["shape"]))
        self.interpreter.invoke()
        values = self.interpreter.get_tensor(self.output["index"]).astype(np.float32).ravel()
        scale, zero = self.output["quantization"]
        return np.float32(scale) * (values - np.float32(zero)) if scale else values
