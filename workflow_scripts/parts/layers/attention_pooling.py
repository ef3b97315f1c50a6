"""Attention over time, one for each class (Kong et al. 2018; Yu et al. 2018)."""

from torch import nn

LEAST = 1e-7  # of the weights before they are normalised; 1 - LEAST is the most

PROBABILITIES = {"softmax": lambda logits: logits.softmax(dim=2), "sigmoid": lambda logits: logits.sigmoid()}


class AttentionPooling(nn.Module):
    """Map [batch, frames, ``inputs``] -> probabilities [batch, ``classes``], float32.

    With f the ``classification`` of a frame and v its ``attention``, each a dense layer and a ``softmax`` over the
    classes or a ``sigmoid``, v clipped to 1e-7 .. 1 - 1e-7: the sum over the frames of v f, divided by that of v.
    ``attention`` of ``mean``: the mean of f, without weights to learn. ``norm``: batch norm between the dense layers
    and their softmax or sigmoid, over all frames of the batch.
    """

    def __init__(self, inputs, classes, classification, attention, norm):
        super().__init__()
        self.of_classification = PROBABILITIES[classification]
        self.classification = _dense(inputs, classes, norm)
        if attention != "mean":
            self.of_attention = PROBABILITIES[attention]
            self.attention = _dense(inputs, classes, norm)

    def forward(self, frames):
        shares = self.of_classification(_of_frames(self.classification, frames))
        if not hasattr(self, "attention"):
            return shares.mean(dim=1)
        weights = self.of_attention(_of_frames(self.attention, frames)).clamp(LEAST, 1 - LEAST)
        return (weights * shares).sum(dim=1) / weights.sum(dim=1)


def _dense(inputs, classes, norm):
    return nn.Sequential(nn.Linear(inputs, classes), *([nn.BatchNorm1d(classes)] if norm else []))


def _of_frames(layers, frames):
    """Return what ``layers`` make of every frame; in float32, for bfloat16 does not know 1 - 1e-7 from 1."""
    return layers(frames.flatten(0, 1)).unflatten(0, frames.shape[:2]).float()
