"""How often the SLURM plugin asks which jobs have ended."""


def bound_pauses(executor, seconds):
    """Let objects of the class ``executor`` never wait longer than ``seconds`` between two questions.

    The plugin lengthens its pauses by 10 s at a time, up to 180 s, as long as no job ends, whatever
    ``--seconds-between-status-checks`` says; a chain of rounds waits that long at every level.
    """
    pauses = executor.next_seconds_between_status_checks
    executor.next_seconds_between_status_checks = property(lambda self: min(pauses.fget(self), seconds), pauses.fset)
