"""Runs whose jobs are forks of a process that has loaded what they import: of small jobs that takes most of the time.

The rest is real: Snakemake, the shell commands of its rules, their stages in processes of their own. ``python`` in
these commands is a program that hands its command line, folder, environment and output to the process that forks.
"""

import contextlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

LOADED = ["pandas", "pyarrow.parquet", "scipy.signal", "librosa", "soundfile", "soxr", "jsonschema", "tqdm", "yaml"]
LOADED += ["matplotlib.pyplot", "safetensors.torch", "sklearn.ensemble", "sklearn.linear_model", "torch", "sed_eval"]
CLIENT = """#!{python} -IS
import os, sys
if sys.argv[1:2] != ["-m"] or not sys.argv[2].startswith("workflow_scripts."):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
import json, socket
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    job = [sys.argv[2:], os.getcwd(), dict(os.environ)]
    socket.send_fds(server, [b" "], [1, 2])
    server.sendall(json.dumps(job).encode())
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(4) or 1))
"""
SNAKEMAKE = "import sys; sys.executable = sys.argv.pop(1); from snakemake.cli import main; main(sys.argv[1:])"
_started = []  # the client, and the process, which ends when its standard input is closed


def run(project, *arguments):
    """Run Snakemake to the end in ``project`` (a tests.project.Project); return as its ``run`` does."""
    command = [sys.executable, "-c", SNAKEMAKE, str(_client()), *project.snakemake(*arguments)[3:]]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=project.folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout


def _client():
    """Return what stands for ``python``; the process that forks is started when it is first needed."""
    if not _started:
        folder = Path(tempfile.mkdtemp())
        address, client = str(folder / "socket"), folder / "python"
        client.write_text(CLIENT.format(python=sys.executable, address=address))
        client.chmod(0o755)
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # a pool of threads would not survive a fork
        command = [sys.executable, __file__, address]
        server = subprocess.Popen(command, env=os.environ | one_thread, stdout=subprocess.PIPE, stdin=subprocess.PIPE)
        server.stdout.readline()  # it listens
        _started[:] = client, server
    return _started[0]


def _serve(address):
    for module in LOADED:
        __import__(module)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("listening", flush=True)
        while sys.stdin not in select.select([server, sys.stdin], [], [])[0]:  # until who started it ends
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                status = _work(connection)
                connection.sendall(str(status).encode())
                os._exit(0)
            connection.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _work(connection):
    """Be ``python -m module arguments``, as the client has been called; return the exit status."""
    _, files, *_ = socket.recv_fds(connection, 1, 2)
    with connection.makefile("rb") as request:
        arguments, folder, environment = json.load(request)
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0:1] = [folder, *environment.get("PYTHONPATH", "").split(os.pathsep)]
    sys.argv = arguments
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1])
