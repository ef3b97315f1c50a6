"""What a network was built for against what it is given: one line instead of a traceback of torch."""

from workflow_scripts.common.errors import UserError


def expect(found, expected, unit, remedy):
    """Raise UserError with the ``remedy`` where inputs have not the ``expected`` number of a ``unit``, a plural."""
    if found != expected:
        raise UserError(f"network: it takes {expected} {unit}, and its inputs have {found}; {remedy}")
