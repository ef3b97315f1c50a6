"""One loss of verified clips and another one of unverified ones (Fonseca et al., ICASSP 2019, ``_origin``)."""

from workflow_scripts.common.parts import part_function

TASKS = ("multiclass", "multilabel", "detection")
OF = ("verified", "unverified")


def losses(outputs, targets, doubt, verified, unverified):
    """Return (1 - doubt) * the loss ``verified`` + doubt * the loss ``unverified``, [batch]: of a mixture, both.

    Both look at the whole batch: what of it is rejected by a threshold is compared with verified examples, too.
    """
    of_verified, of_unverified = (
        part_function("parts.losses", part, "losses")(outputs, targets, doubt) for part in (verified, unverified)
    )
    return (1 - doubt) * of_verified + doubt * of_unverified
