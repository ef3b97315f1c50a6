"""A bidirectional GRU that says something of every frame."""

from torch import nn


class GruOverFrames(nn.Module):
    """Map [batch, frames, ``inputs``] -> [batch, frames, 2 x ``units``], with ``dropout`` on its inputs."""

    def __init__(self, inputs, units, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.gru = nn.GRU(inputs, units, batch_first=True, bidirectional=True)

    def forward(self, frames):
        return self.gru(self.dropout(frames))[0]
