"""VGG13 on log-mel chunks of Iqbal et al. (2018, Table 2)."""

from torch import nn


def build(classes, width=64):
    """Return the network with ``width`` filters in the first block, doubling up to 8 x ``width``.

    Input: chunks of at least 32 frames and 32 bands (five halvings). Trainable parameters with 41 classes and the
    published width 64: 9,430,761.
    """
    return Vgg13(classes, [width, 2 * width, 4 * width, 8 * width, 8 * width])


class Vgg13(nn.Module):
    def __init__(self, classes, filters):
        super().__init__()
        inputs = [1, *filters[:-1]]
        self.blocks = nn.Sequential(*(_block(i, o) for i, o in zip(inputs, filters, strict=True)))
        self.classifier = nn.Linear(filters[-1], classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, spectrogram):
        return self.classifier(self.blocks(spectrogram.unsqueeze(1)).mean(dim=(2, 3)))


def _block(inputs, outputs):
    """Two convolutions, each with ReLU before batch norm (Keras' constants), and a max-pool."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01),
        nn.MaxPool2d(2),
    )
