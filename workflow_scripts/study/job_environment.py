"""What stands before every job's command: where it finds the package, and Python."""

from pathlib import Path
from shlex import quote

from workflow_scripts.common.errors import UserError

REFUSED = {"{": "Snakemake takes braces", "}": "Snakemake takes braces", ":": "PYTHONPATH and PATH take a colon"}


def shell_prefix(checkout, python=None):
    """Return the commands for ``shell.prefix``, in which a path may hold anything that a shell would understand.

    ``checkout``: the folder of the Snakefile. ``python``: the program whose folder comes first in ``PATH``, or None.
    Raises UserError for the signs that no quoting helps.
    """
    folders = {"PYTHONPATH": Path(checkout)} | ({"PATH": Path(python).parent} if python else {})
    for folder in folders.values():
        for sign, who in REFUSED.items():
            if sign in str(folder) and (sign != ":" or folder != Path.cwd()):  # there Python looks first in any case
                raise UserError(f"{folder}: {who} in a path for something else; move this folder, or rename it")
    return "".join(
        f"export {name}={quote(str(folder))}" + (':"$PATH"; ' if name == "PATH" else "; ")
        for name, folder in folders.items()
    )
