"""The exceptions that end in one line: mistakes that a user can make and mend, and files that lost their content."""

from contextlib import contextmanager
from pathlib import Path


class UserError(Exception):
    """Bad input or configuration.

    The message is a single line that names the file, the row or key, and the remedy. A stage that raises it
    prints that line, writes nothing and exits with status 1; no traceback is shown.
    """


class DamagedError(UserError):
    """A file that a stage wrote no longer holds what was written. A stage that raises it moves a result aside.

    ``beside``: another result, which is moved aside with it.
    """

    def __init__(self, path, why, beside=None):
        self.path = Path(path)
        self.beside = beside
        super().__init__(f"{path}: {' '.join(why.split())}")

    def is_result(self):
        """Whether it lies below results/, where it can be made anew; what a user's own folder holds stays as it is."""
        return Path("results").absolute() in self.path.absolute().parents


@contextmanager
def parsing(path, kind):
    """Turn what a parser says of a file that a stage wrote, ``not {kind}``, into a DamagedError.

    Raises UserError where there is no file. Other refusals (permission, memory, a package that is missing)
    say nothing of its content and stay what they are.
    """
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the same command again") from None
    except (UserError, MemoryError, ImportError, RuntimeError):  # torch says RuntimeError where it gets no memory
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise DamagedError(path, f"not {kind} ({error})") from None
