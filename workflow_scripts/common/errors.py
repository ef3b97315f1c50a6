"""The one exception for mistakes that a user can make and mend."""


class UserError(Exception):
    """Bad input or configuration.

    The message is a single line that names the file, the row or key, and the remedy. A stage that raises it
    prints that line, writes nothing and exits with status 1; no traceback is shown.
    """
