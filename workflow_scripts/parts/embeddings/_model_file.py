"""What is checked of a model file whatever runs it: a wrong one would otherwise end in a traceback, and late."""

import importlib

from workflow_scripts.common.errors import UserError

EXTRA = "pip install -r envs/requirements-embeddings.txt"


def imported(module, title, path):
    """Return the ``module`` of a runtime, which is no part of the plain environment."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(f"{path}: {title} runs it, and cannot be imported ({error}); {EXTRA}") from None


def batch_of_input(path, dimensions, shape):
    """Return how many windows a model takes at a time: None for any number.

    ``dimensions``: of its input, an int each; anything else stands for any number. They are those of a window
    (``shape``), maybe after that of the batch, and of one channel.
    """
    found = [one if isinstance(one, int) and one > 0 else None for one in dimensions]
    batch, window = found[: -len(shape)], found[-len(shape) :]
    alike = len(window) == len(shape) and all(one in (None, own) for one, own in zip(window, shape, strict=True))
    if not alike or len(batch) > 2 or (len(batch) == 2 and batch[1] != 1):
        takes = " x ".join("any" if one is None else str(one) for one in found)
        wanted = " x ".join(map(str, shape))
        raise UserError(
            f"{path}: the model takes {takes} values, and a window has {wanted}; correct `input` in its weights/*.yaml"
        )
    if batch and batch[0] not in (None, 1):
        raise UserError(f"{path}: the model takes {batch[0]} windows at a time; export it for one, or for any number")
    return None if batch and batch[0] is None else 1


def check_values(path, vectors, values):
    """``vectors``: the output for one window, whatever its shape."""
    if vectors.size != values:
        raise UserError(
            f"{path}: a vector has {vectors.size} values, not {values}; correct `values` in its weights/*.yaml"
        )


def in_one_line(error):
    return " ".join(str(error).split())[:200]
