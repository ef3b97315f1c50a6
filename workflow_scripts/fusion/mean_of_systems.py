"""The mean of several systems, each with its say in every clip."""

from workflow_scripts.fusion.means import arithmetic_mean, geometric_mean


def mean_of_systems(probabilities, fusion, weights=None, exclusive=True):
    """Return [clips, classes]: the ``arithmetic-mean`` or ``geometric-mean`` (``fusion``) of the systems.

    ``probabilities``: [systems, clips, classes]. Where a clip has exactly one class (``exclusive``), rows that do not
    sum to one (Iqbal et al.'s) are renormalised first, and so is the geometric mean. ``weights``: [systems], above 0,
    of which only the ratios matter; None: all the same.
    """
    if exclusive:
        probabilities = probabilities / probabilities.sum(axis=2, keepdims=True)
    if fusion == "arithmetic-mean":
        return arithmetic_mean(probabilities, weights=weights)
    return geometric_mean(probabilities, weights=weights, renormalise=exclusive)
