"""The stack file: a fitted stack, or log-linear pool, as safetensors, described by its systems and classes.

``coefficients``: float64 [systems * classes, classes]; ``intercepts``: float64 [classes], infinite for a class that no
clip or every clip has (see :class:`workflow_scripts.fusion.stack.Stack`). Of a pool ``exponents``: float64 [systems]
(see :class:`workflow_scripts.fusion.log_linear_pool.LogLinearPool`). Its description says so where classes do not
exclude each other.
"""

from workflow_scripts.fusion.log_linear_pool import LogLinearPool
from workflow_scripts.fusion.stack import Stack
from workflow_scripts.tables.models import read_model, write_model


def write_stack(stack, systems, classes, path):
    """Write ``stack`` with the names of its ``systems`` and ``classes``, in the order of its features."""
    names = ("exponents",) if isinstance(stack, LogLinearPool) else ("coefficients", "intercepts")
    tensors = {name: getattr(stack, name) for name in names}
    description = {"systems": systems, "classes": classes} | ({} if stack.exclusive else {"exclusive": False})
    write_model(path, tensors, description)


def read_stack(path):
    """Return (stack, systems, classes); UserError where there is none, DamagedError where it is not as written."""
    tensors, description = read_model(path, framework="np")
    kind = LogLinearPool if "exponents" in tensors else Stack
    stack = kind(**tensors, exclusive=description.get("exclusive", True))
    return stack, description["systems"], description["classes"]
