"""Several softmax classifiers whose probabilities are averaged (Jeong & Lim 2018)."""

import math

import torch
from torch import nn

from workflow_scripts.parts.layers.dense_modules import EPSILON


class AveragedHeads(nn.Module):
    """Map [batch, ``channels``, frames, bands] -> [batch, ``classes``]: logarithms of the mean of ``heads`` softmaxes.

    Their softmax are these means again. Each head is linear at every position and averaged over them before its
    softmax; here the mean over the positions comes first, which is the same.
    """

    def __init__(self, channels, heads, classes, norm_momentum):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, EPSILON, norm_momentum)
        self.heads = nn.Linear(channels, heads * classes)
        self.shape = heads, classes

    def forward(self, maps):
        logits = self.heads(self.norm(maps).relu().mean(dim=(2, 3))).float().unflatten(1, self.shape)
        return torch.logsumexp(logits.log_softmax(dim=2), dim=1) - math.log(self.shape[0])
