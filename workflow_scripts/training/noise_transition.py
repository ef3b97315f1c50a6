"""Labels seen through a transition matrix: a network learns the true class, and is compared with the given label.

``matrix``: [classes, classes], row i the probabilities of the labels that clips of class i are given. It stands between
the softmax and the loss in training alone; what a network predicts are the probabilities before it. A matrix that was
estimated is that of forward correction (Patrini et al. 2017), one that is learned a noise layer (Sukhbaatar et al.
2015). Sounds of none of the classes, whatever they are called, it does not describe.
"""

import math

import torch
from torch import nn

from workflow_scripts.training.rates import FACTOR, parameter_groups

LEAST_PROBABILITY = 1e-7  # as of the loss cross_entropy


class Given:
    """The labels of unverified clips are seen through a fixed ``matrix``, those of verified ones as they are."""

    def __init__(self, matrix, device):
        """``matrix``: float32 array."""
        self._matrix = torch.from_numpy(matrix).to(device)

    def seen(self, outputs, doubt):
        return seen_through(outputs, doubt, self._matrix)

    def penalty(self):
        return 0.0


class NoiseLayer(nn.Module):
    """A network and the matrix that is learned with it; it maps inputs to the outputs of the network alone.

    The matrix begins with ``diagonal``, 0..1, for every label that is right, and the same for each that is not. Its
    rows are softmaxes (Goldberger & Ben-Reuven 2017), so that they stay distributions. ``trace``: factor of the mean of
    its diagonal, which is added to the loss: of all matrices that explain the labels, the true one has the smallest
    trace, whereas the identity, with a network that has learned the noise itself, has the largest (Sukhbaatar et al.
    2015). ``rate``: how many times the learning rate of the network its own is. ``clips``: ``unverified``, whose labels
    are seen through it, or ``all``.
    """

    def __init__(self, network, classes, diagonal, trace, rate=1.0, clips="unverified"):
        """``network``: of :func:`workflow_scripts.training.model.build_network`."""
        super().__init__()
        self.network, self.trace, self.rate, self.clips = network, trace, rate, clips
        logits = torch.full((classes, classes), math.log((1 - diagonal) / (classes - 1)))
        logits.fill_diagonal_(math.log(diagonal))
        self.logits = nn.Parameter(logits.to(next(network.parameters()).device))

    def forward(self, inputs):
        return self.network(inputs)

    @property
    def matrix(self):
        return self.logits.softmax(dim=1)

    def seen(self, outputs, doubt):
        return seen_through(outputs, doubt if self.clips == "unverified" else torch.ones_like(doubt), self.matrix)

    def penalty(self):
        return self.trace * self.matrix.diagonal().mean()

    def parameter_groups(self, rates):
        """Return what an optimizer takes; weights that decay would make the matrix's rows uniform, so its do not."""
        groups = parameter_groups(self.network, rates)
        groups = groups if rates else [{"params": list(groups)}]
        return [*groups, {"params": [self.logits], FACTOR: self.rate, "weight_decay": 0.0}]


def seen_through(outputs, doubt, matrix):
    """Return logits of the labels that clips are given, [batch, classes], float32.

    ``outputs``: logits of the true classes, of the same shape. ``doubt``: [batch], which share of an example's label
    came through ``matrix``, 0..1. Probabilities below 1e-7 count as 1e-7.
    """
    true = outputs.float().softmax(dim=1)
    given = true + doubt.unsqueeze(1) * (true @ matrix - true)
    return given.clamp(min=LEAST_PROBABILITY).log()
