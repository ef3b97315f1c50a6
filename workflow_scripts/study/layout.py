"""Results of older versions of this repository, whose paths meant something else."""

from workflow_scripts.common.errors import UserError


def check_layout(results):
    """Raise UserError where the folder ``results`` has models of a layout before stages had folders of their own."""
    for kind in ("systems", "ensemble"):
        old = next(results.glob(f"*/{kind}/*/round[0-9][0-9]"), None)
        if old is not None:
            raise UserError(
                f"{old}: of an older version, whose stages were called rounds; its models are not used again. Move "
                f"{old.parents[2]}/systems and {old.parents[2]}/ensemble away, and run the same command again"
            )
