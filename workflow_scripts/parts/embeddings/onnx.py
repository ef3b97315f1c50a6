"""Networks as ONNX, run by ONNX Runtime on the CPU."""

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.embeddings._model_file import batch_of_input, check_values, imported, in_one_line


def load(path, shape, values, device, *, output=None):
    """Return the function of a model that takes windows of float32, and nothing else.

    ``output``: name of the output that is the vector, None: the first. A model of one window at a time is asked window
    by window.
    """
    runtime = imported("onnxruntime", "ONNX Runtime (onnxruntime)", path)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # clips are computed side by side
    options.log_severity_level = 4  # its errors are raised, too
    try:
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # of a dozen classes without a base of their own
        raise UserError(f"{path}: ONNX Runtime reads no model in it ({in_one_line(error)}); correct the file") from None
    inputs, names = session.get_inputs(), [one.name for one in session.get_outputs()]
    if [one.type for one in inputs] != ["tensor(float)"]:
        found = ", ".join(f"{one.name}, {one.type}" for one in inputs)
        raise UserError(f"{path}: the model takes {found}; it must take one tensor(float), the windows")
    if output is not None and output not in names:
        raise UserError(f"{path}: the model has no output {output!r}; it has {', '.join(names)}")
    at_a_time = batch_of_input(path, inputs[0].shape, shape)
    leading = (-1, 1)[: len(inputs[0].shape) - len(shape)]

    def embed(windows):
        step = at_a_time or len(windows)
        found = [
            session.run([output or names[0]], {inputs[0].name: windows[i : i + step].reshape(*leading, *shape)})[0]
            for i in range(0, len(windows), step)
        ]
        return np.concatenate([part.reshape(-1, values) for part in found]).astype(np.float32)

    zeros = {inputs[0].name: np.zeros((*(1, 1)[: len(leading)], *shape), np.float32)}
    try:
        vector = session.run([output or names[0]], zeros)[0]
    except Exception as error:
        raise UserError(f"{path}: ONNX Runtime cannot run it on a window ({in_one_line(error)})") from None
    check_values(path, vector, values)
    return embed
