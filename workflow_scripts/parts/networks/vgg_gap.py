"""The fully convolutional VGG with global average pooling of Dorfer & Widmer (2018, Table 1)."""

from torch import nn

INPUT = {
    "frames": (191, None),
    "bands": (47, None),
}  # 3 x 3 before the unpadded convolution


def build(classes, width=64, dropout=1.0):
    """Return the network with base width ``width`` (48, 64, 64 in the three published networks).

    ``dropout``: factor on the published rates (0.3, and 0.5 before the classifier); much narrower networks need less.
    Trainable parameters with 41 classes: 8,362,306 (width 48), 14,855,570 (width 64).
    """
    return VggGap(classes, width, 0.3 * dropout, 0.5 * dropout)


class VggGap(nn.Module):
    def __init__(self, classes, w, dropout, last_dropout):
        super().__init__()
        self.layers = nn.Sequential(
            *_convolution(1, w, 5, stride=2, padding=2),
            *_convolution(w, w),
            *_pool((2, 2), dropout),
            *_convolution(w, 2 * w),
            *_convolution(2 * w, 2 * w),
            *_pool((2, 2), dropout),
            *_convolution(2 * w, 4 * w),
            nn.Dropout(dropout),
            *_convolution(4 * w, 4 * w),
            nn.Dropout(dropout),
            *_convolution(4 * w, 6 * w),
            nn.Dropout(dropout),
            *_convolution(6 * w, 6 * w),
            *_pool((2, 2), dropout),
            *_convolution(6 * w, 8 * w),
            *_convolution(8 * w, 8 * w),
            *_pool((1, 2), dropout),
            *_convolution(8 * w, 8 * w),
            *_convolution(8 * w, 8 * w),
            *_pool((1, 2), dropout),
            *_convolution(8 * w, 8 * w, padding=0),
            nn.Dropout(last_dropout),
            *_convolution(8 * w, 8 * w, 1, padding=0),
            nn.Dropout(last_dropout),
            *_convolution(8 * w, classes, 1, padding=0)[:-1],  # no ReLU before the pooling
        )
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, spectrogram):
        # axes of the paper's maps: [batch, channel, band, frame]; two pools halve the frames only
        return self.layers(spectrogram.transpose(1, 2).unsqueeze(1)).mean(dim=(2, 3))


def _convolution(inputs, outputs, size=3, stride=1, padding=1):
    """Return [convolution without bias, batch norm, ReLU]; momentum and epsilon as in the authors' code."""
    return [
        nn.Conv2d(inputs, outputs, size, stride, padding, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-4, momentum=0.1),
        nn.ReLU(),
    ]


def _pool(size, dropout):
    return [nn.MaxPool2d(size), nn.Dropout(dropout)]
