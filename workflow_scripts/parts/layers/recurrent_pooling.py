"""The recurrent part of the CRNN and the GCRNN of Iqbal et al. (2018)."""

from torch import nn

from workflow_scripts.parts.layers.gru import BidirectionalGru


class RecurrentPooling(nn.Module):
    """Map [batch, ``channels``, steps, rows] -> [batch, 2 x ``channels``].

    The mean over the frequency rows goes through a bidirectional GRU, whose states are averaged over the time steps.
    """

    def __init__(self, channels):
        super().__init__()
        self.gru = BidirectionalGru(channels, channels)

    def forward(self, maps):
        return self.gru(maps.mean(dim=3).transpose(1, 2)).mean(dim=1)
