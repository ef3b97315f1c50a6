"""Which clips a figure is about."""

from workflow_scripts.common.errors import UserError

NAMES = {"all": "test", "oof_verified": "verified training"}  # the first that a run has is shown


def shown_split(splits, source):
    """Return which of ``splits`` (of the table ``source``) is shown: all test clips, else verified training clips."""
    shown = next((split for split in NAMES if split in set(splits)), None)
    if shown is None:
        raise UserError(f"{source}: has neither test clips nor verified ones; a figure needs some")
    return shown


def clips_in_words(split, clips, of=""):
    """Return e.g. ``1,600 test clips`` or ``12 verified training clips, out of fold``.

    ``of``: what else is counted of them, as ``labels of ``, e.g. ``2,210 labels of test clips``.
    """
    words = f"{int(clips):,} {of}{NAMES[split]} clip{'' if clips == 1 and not of else 's'}"
    return words + (", out of fold" if split == "oof_verified" else "")
