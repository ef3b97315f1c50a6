"""The plan of a run: the functions that the rules call, each module's bound to one study.

``plan.training.train(wildcards)`` is ``train(study, wildcards)`` of ``workflow_scripts/training/plan.py``, which
belongs to ``rules/training.smk``. The parameter of a rule is made by the function of its name, see
:mod:`workflow_scripts.study.fingerprint`; the others tell what it reads.
"""

import functools
import importlib
import inspect
import sys

from workflow_scripts.common.errors import UserError
from workflow_scripts.study.study import Study

STAGES = (
    "data",
    "front_ends",
    "training",
    "labels",
    "prediction",
    "fusion",
    "detection",
    "scoring",
    "tagging",
    "report",
    "audit",
    "catalogue",
)


class Plan:
    """Everything follows from ``config``, the content of config.yaml with the command line's changes."""

    def __init__(self, config, in_one_line=False):
        """Raise UserError for a mistake in any file that decides what is planned.

        ``in_one_line``: functions end the run with one line where they would raise an exception; Snakemake would print
        a traceback, or take results that are there for good, whatever made them.
        """
        self.study = Study.read(config)
        modules = {stage: importlib.import_module(f"workflow_scripts.{stage}.plan") for stage in STAGES}
        modules["requests"] = importlib.import_module("workflow_scripts.study.request_plan")
        for stage, module in modules.items():
            if hasattr(module, "check"):
                module.check(self.study)
            setattr(self, stage, _Bound(module, self.study, in_one_line))


class _Bound:
    """The functions of a module, with the study as their first argument."""

    def __init__(self, module, study, in_one_line):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            bound = functools.partial(function, study)
            setattr(self, name, _ending_in_one_line(bound, name) if in_one_line else bound)


def _ending_in_one_line(function, name):
    def call(*arguments, **named):
        try:
            return function(*arguments, **named)
        except UserError as error:
            sys.exit(f"error: {error}")
        except Exception as error:
            sys.exit(f"error: {type(error).__name__}: {error} (while planning: {name})")

    call.__signature__ = inspect.signature(function)  # Snakemake looks at the names of the arguments
    call.__name__ = name
    return call
