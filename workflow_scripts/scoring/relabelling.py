"""How good the labels are that relabelling and promotion make."""

import numpy as np

from workflow_scripts.scoring.shares import share


def relabelling_figures(given, new, truth, relabelled, promoted):
    """Return name -> figure, shares in 0..1, NaN where there is nothing to share.

    ``given``, ``new`` and ``truth``: labels [clips] of the unverified clips; ``relabelled``, ``promoted``: boolean.

    - ``share_right_before``, ``share_right_after``: of the labels before and after;
    - ``relabelled_mended``: of the relabelled, those wrong before and right after; ``relabelled_spoilt``: the reverse
      (the rest was wrong before and is wrong after);
    - ``promoted_right``: of the promoted, those whose label is right.
    """
    was_right, is_right = np.asarray(given) == truth, np.asarray(new) == truth
    return {
        "share_right_before": share(was_right.sum(), len(was_right)),
        "share_right_after": share(is_right.sum(), len(is_right)),
        "relabelled_mended": share((relabelled & ~was_right & is_right).sum(), relabelled.sum()),
        "relabelled_spoilt": share((relabelled & was_right & ~is_right).sum(), relabelled.sum()),
        "promoted_right": share((promoted & is_right).sum(), promoted.sum()),
    }
