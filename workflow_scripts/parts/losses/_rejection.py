"""Rejection in a batch: examples of a loss above a threshold do not count."""


def surviving(losses, threshold, mean_over):
    """Return the ``losses`` up to ``threshold``, and 0 for those above, [batch]; no gradient flows through the choice.

    ``mean_over``: ``batch``, where what is rejected makes a small step; or ``survivors``, whose losses are scaled, so
    that their mean over the batch is that of their own.
    """
    kept = (losses <= threshold).to(losses.dtype)
    if mean_over == "survivors":
        kept = kept * len(kept) / kept.sum().clamp(min=1)
    return losses * kept
