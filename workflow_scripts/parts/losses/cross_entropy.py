"""Cross-entropy of a softmax, for clips of one class each."""

import math

TASKS = ("multiclass",)
LEAST_LOG_PROBABILITY = math.log(1e-7)  # Lasagne and Keras clip probabilities at 1e-7


def losses(outputs, targets, doubt):
    """Return -sum(targets * log softmax(outputs)), [batch]; targets may be soft, and sum to one.

    Probabilities below 1e-7 count as 1e-7, and have no gradient.
    """
    log_probabilities = outputs.float().log_softmax(dim=1).clamp(min=LEAST_LOG_PROBABILITY)
    return -(targets * log_probabilities).sum(dim=1)
