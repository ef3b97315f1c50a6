"""What a softmax makes of logits, in float32 or better, whatever the network computes in."""

import math

import torch

LEAST_PROBABILITY = 1e-7  # Lasagne and Keras clip probabilities at it


def probabilities(outputs):
    """Return softmax(outputs), [batch, classes]."""
    return precise(outputs).softmax(dim=1)


def log_probabilities(outputs):
    """Return log softmax(outputs), [batch, classes]; one below log 1e-7 is log 1e-7, and has no gradient."""
    return precise(outputs).log_softmax(dim=1).clamp(min=math.log(LEAST_PROBABILITY))


def precise(outputs):
    return outputs.to(torch.promote_types(outputs.dtype, torch.float32))
