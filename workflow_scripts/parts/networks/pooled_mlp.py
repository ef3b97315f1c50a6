"""Mean and maximum over the frames, and one hidden layer: the least that learns from embeddings."""

import torch
from torch import nn

from workflow_scripts.parts.layers.expected import expect


def build(classes, inputs=128, hidden=512, dropout=0.5):
    """Return the network for embeddings [batch, frames, ``inputs``] of any number of frames.

    Trainable parameters with 128 inputs, 512 hidden units and 41 classes: 153,129.
    """
    return PooledMlp(classes, inputs, hidden, dropout)


class PooledMlp(nn.Module):
    def __init__(self, classes, inputs, hidden, dropout):
        super().__init__()
        self.inputs = inputs
        self.norm = nn.BatchNorm1d(2 * inputs)
        self.hidden = nn.Linear(2 * inputs, hidden)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(hidden, classes)

    def forward(self, embeddings):
        expect(embeddings.shape[2], self.inputs, "values a frame", "correct its parameter `inputs`")
        pooled = torch.cat([embeddings.mean(dim=1), embeddings.amax(dim=1)], dim=1)
        return self.classifier(self.dropout(self.hidden(self.norm(pooled)).relu()))
