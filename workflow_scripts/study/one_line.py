"""Mistakes that show while Snakemake plans: one line instead of the traceback that it prints for its functions."""

import functools
import sys

from workflow_scripts.common.errors import UserError


class OneLine:
    """``plan`` with methods that end the run with one line where they would raise an exception."""

    def __init__(self, plan):
        self._plan = plan

    def __getattr__(self, name):
        value = getattr(self._plan, name)
        return _ending_in_one_line(value) if callable(value) else value


def _ending_in_one_line(function):
    @functools.wraps(function)  # Snakemake looks at the names of the arguments
    def call(*arguments, **named):
        try:
            return function(*arguments, **named)
        except UserError as error:
            sys.exit(f"error: {error}")
        except Exception as error:  # Snakemake would take results that are there for good, whatever made them
            sys.exit(f"error: {type(error).__name__}: {error} (while planning: {function.__name__})")

    return call
