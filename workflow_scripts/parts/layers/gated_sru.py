"""The gated recurrent layer of Koutini et al. (2018)."""

from torch import nn

from workflow_scripts.parts.layers.sru import BidirectionalSru


class GatedSru(nn.Module):
    """Map [batch, frames, ``inputs``] -> [batch, frames, 2 x ``units``].

    Two recurrent layers on the same input: the output of the one times the sigmoid of that of the other.
    """

    def __init__(self, inputs, units):
        super().__init__()
        self.values = BidirectionalSru(inputs, units)
        self.gates = BidirectionalSru(inputs, units)

    def forward(self, frames):
        return self.values(frames) * self.gates(frames).sigmoid()
