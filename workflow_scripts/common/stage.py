"""The edge between Snakemake and the library: arguments in, one clear line out when something is wrong.

A stage is a module with ``main(*, ...)``. Its keyword arguments, with their annotations, are its command line:
``clips: Path`` becomes ``--clips FILE``, ``list[Path]`` takes several files, ``dict`` and a dataclass a JSON object
(common/settings.py), and a default makes an argument optional. So a stage can also be run by hand; ``--help`` prints
the docstring of ``main`` and the fields of its ``Settings``. It may return on how many clips it has worked, for the
benchmark.
"""

import argparse
import inspect
import json
import logging
import os
import shutil
import sys
import time
from dataclasses import is_dataclass
from pathlib import Path

from workflow_scripts.common.benchmark import add_attempt
from workflow_scripts.common.errors import DamagedError, UserError
from workflow_scripts.common.files import FULL, exclusive, set_aside
from workflow_scripts.common.settings import fields_in_source, read_settings
from workflow_scripts.common.stop import interrupt_once
from workflow_scripts.study.fingerprint import check_code

log = logging.getLogger("stage")


def run(main):
    """Run ``main`` with the command line's arguments; exit 1 with one line for a :class:`UserError`.

    ``--log FILE`` (added to every stage) receives the log as plain lines, a failure's traceback included; beside it
    stands what the job has cost (common/benchmark.py).
    """
    interrupt_once()  # on SIGTERM, too, it cleans up after itself
    arguments = vars(_parser(main).parse_args())
    log_file = arguments.pop("log")
    try:
        with exclusive(log_file.with_suffix(".lock")):  # an orphan of a killed run stops first
            _work(main, arguments, log_file)
    except KeyboardInterrupt:
        sys.exit("interrupted; the same command goes on from here")
    except (OSError, UserError) as error:  # of the lock, or the log file
        sys.exit(f"error: {_line(error) or error}")


def _work(main, arguments, log_file):
    _log_to(log_file)
    settings, started = arguments.get("settings", {}), time.monotonic()
    outcome, clips = "failed", 0
    try:
        check_code(settings)
        clips = main(**typed(main, arguments)) or 0
        outcome = "done"
        log.info("worked for %.2f s", time.monotonic() - started)
    except KeyboardInterrupt:
        outcome = "interrupted"
        log.info("interrupted")
        raise
    except Exception as error:
        if isinstance(error, DamagedError) and error.is_result():
            for path in filter(None, (error.path, error.beside)):
                set_aside(path)
        line = _line(error)
        if line is None:
            log.exception("failed")
            sys.exit(f"error: {type(error).__name__}: {error} (traceback in {log_file})")
        log.error("%s", line)
        sys.exit(f"error: {line}")
    finally:
        add_attempt(log_file, settings, outcome, clips)


def typed(main, arguments):
    """Return ``arguments`` as ``main`` takes them: JSON objects as the dataclasses that it names."""
    forms = {name: parameter.annotation for name, parameter in inspect.signature(main).parameters.items()}
    stage = Path(inspect.getfile(main)).stem
    return {
        name: read_settings(forms[name], value, stage) if is_dataclass(forms[name]) else value
        for name, value in arguments.items()
    }


def _line(error):
    """Return what tells a user how to go on after ``error``, or None."""
    if isinstance(error, DamagedError) and error.is_result():
        again = "the same command makes it and what follows from it anew"
        return f"{error}; moved aside (*.damaged); {again}, with this file as its target only what is missing"
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in FULL:
        free = shutil.disk_usage(Path(error.filename).parent if error.filename else "results").free / 2**20
        why = f"{os.strerror(error.errno)} ({free:.1f} MiB are free)"
        return f"{error.filename or 'results'}: {why}; make room and run the same command again"
    return None


class _Parser(argparse.ArgumentParser):
    """The command line of ``main``. What stands only in the help is looked up when it is asked for."""

    def __init__(self, main):
        super().__init__(description=inspect.getdoc(main), formatter_class=argparse.RawTextHelpFormatter)
        self.parameters = inspect.signature(main).parameters

    def format_help(self):
        forms = {name: parameter.annotation for name, parameter in self.parameters.items()}
        described = [f"{name}:\n{fields_in_source(form)}" for name, form in forms.items() if is_dataclass(form)]
        self.epilog = "\n".join(described)
        return super().format_help()


def _parser(main):
    parser = _Parser(main)
    for name, parameter in parser.parameters.items():
        required = parameter.default is inspect.Parameter.empty
        options = {"required": required, "default": None if required else parameter.default}
        if parameter.annotation == list[Path]:
            options |= {"nargs": "*", "type": Path, "metavar": "FILE"}
        elif parameter.annotation is dict or is_dataclass(parameter.annotation):
            options |= {"type": json.loads, "metavar": "JSON"}
        elif parameter.annotation in (Path, Path | None):
            options |= {"type": Path, "metavar": "FILE"}
        else:
            options |= {"type": parameter.annotation, "metavar": parameter.annotation.__name__.upper()}
        parser.add_argument(f"--{name.replace('_', '-')}", **options)
    parser.add_argument("--log", type=Path, required=True, metavar="FILE")
    return parser


def _log_to(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=path, filemode="w", level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%Y-%m-%d %H:%M:%S"
    )
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # on a full disk what could not be written is said, not that the log could not
