"""How good the labels are that self-verification accepts."""

from workflow_scripts.scoring.shares import share


def precision_recall(accepted, label_is_right):
    """Return (precision, recall) of accepting labels, given two boolean arrays [clips].

    Precision is the share of the accepted clips whose given label is right, recall the share of the clips with a right
    label that were accepted. NaN where nothing was accepted, or no label is right.
    """
    accepted_right = (accepted & label_is_right).sum()
    return share(accepted_right, accepted.sum()), share(accepted_right, label_is_right.sum())
