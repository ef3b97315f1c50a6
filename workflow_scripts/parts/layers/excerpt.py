"""The excerpts that the networks of Lederle & Wilhelm (2018) take."""

from workflow_scripts.common.errors import UserError

SAMPLE_RATE = 44_100  # Hz


def samples_of(seconds):
    """Return the samples of an excerpt of 1, 2 or 3 ``seconds``; of other lengths there are no published networks."""
    if seconds not in (1, 2, 3):
        raise UserError(f"network: seconds: {seconds!r} is none of 1, 2 and 3; take one of them")
    return int(seconds * SAMPLE_RATE)
