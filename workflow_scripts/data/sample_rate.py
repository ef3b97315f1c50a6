"""Sample rates that no recording of sound has: they come from damaged headers, and from sensors."""

from workflow_scripts.common.errors import UserError

LOWEST, HIGHEST = 100, 1_000_000  # Hz: from infrasound to bats


def check_rate(path, rate):
    """Raise UserError where the ``rate``, in Hz, of the file at ``path`` cannot be that of sound."""
    if not LOWEST <= rate <= HIGHEST:
        raise UserError(
            f"{path}: a sample rate of {rate:,} Hz, which no sound has ({LOWEST} to {HIGHEST:,} Hz); "
            "write the right one into its header, or remove the clip"
        )
