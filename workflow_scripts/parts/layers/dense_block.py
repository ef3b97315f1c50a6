"""The dense layers of Lederle & Wilhelm (2018)."""

from torch import nn


def dense_block(inputs, outputs):
    """Return a dense layer, ReLU and batch norm, in this order: [batch, ``inputs``] -> [batch, ``outputs``]."""
    return nn.Sequential(nn.Linear(inputs, outputs), nn.ReLU(), nn.BatchNorm1d(outputs))
