"""Snakemake's command line in a fork of a process that has loaded it: loading takes most of the time of a small run."""

import multiprocessing
import os
import sys
import tempfile

LOADED = ["snakemake.cli", "snakemake.profiles", "snakemake.storage", "snakemake.report", "snakemake.assets"]
LOADED += ["jinja2", "jsonschema", "requests", "smart_open", "tqdm"]


def forked(folder, environment, *arguments):
    """Return the exit status of ``snakemake arguments`` in ``folder``, and everything printed."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(LOADED)
    with tempfile.NamedTemporaryFile("r") as printed:
        child = processes.Process(target=_snakemake, args=(folder, environment, printed.name, arguments))
        child.start()
        child.join()
        return child.exitcode, printed.read()


def _snakemake(folder, environment, printed, arguments):
    from snakemake.cli import main  # noqa: PLC0415 - loaded already, and only here

    with open(printed, "a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["snakemake", *arguments]
    main(sys.argv[1:])
