"""Global average pooling."""

from torch import nn


class AveragePooling(nn.Module):
    """Map [batch, channels, steps, rows] -> [batch, channels]."""

    def forward(self, maps):
        return maps.mean(dim=(2, 3))
