"""The training loss."""

import math

LEAST_LOG_PROBABILITY = math.log(1e-7)  # Lasagne and Keras clip probabilities at 1e-7


def weighted_cross_entropy(logits, targets, weights):
    """Return the batch mean of weight x cross-entropy with soft targets, a scalar.

    ``logits`` and ``targets``: [batch, classes], targets summing to one; ``weights``: [batch], 1 for a verified
    example and eta for an unverified one (Iqbal et al. 2018).
    """
    log_probabilities = logits.float().log_softmax(dim=1).clamp(min=LEAST_LOG_PROBABILITY)
    return (weights * -(targets * log_probabilities).sum(dim=1)).mean()
