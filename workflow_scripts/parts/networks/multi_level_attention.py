"""Multi-level attention on embeddings (Yu, Barsim, Kong & Yang 2018), and as it was used in DCASE 2018 Task 2.

After some of the dense layers stands a module that makes class probabilities of them; the modules' probabilities are
what the last layer decides by.
"""

import torch
from torch import nn

from workflow_scripts.common.errors import UserError
from workflow_scripts.parts.layers.attention_pooling import AttentionPooling
from workflow_scripts.parts.layers.expected import expect
from workflow_scripts.parts.layers.keras_initialisation import initialise_like_keras

VALUES = {"classification": ("softmax", "sigmoid"), "attention": ("softmax", "sigmoid", "mean")}


def build(
    classes,
    inputs=128,
    levels=(1, 1, 1),
    hidden=600,
    dropout=0.4,
    input_norm=False,
    module_norm=False,
    classification="softmax",
    attention="softmax",
):
    """Return the network for embeddings [batch, frames, ``inputs``] of any number of frames.

    ``levels``: how many dense layers of ``hidden`` units stand before each module: [2, 1] is 2-A-1-A in the paper's
    words. Batch norm over all frames of a batch, ReLU and ``dropout`` follow a dense layer. ``input_norm``: batch norm
    of the embeddings; ``module_norm``: also in the modules (see
    :class:`workflow_scripts.parts.layers.attention_pooling.AttentionPooling`, which explains ``classification`` and
    ``attention``) and behind the last layer; both are so in the paper's code.

    Trainable parameters with 128 inputs: 955,130 of the three levels on six segments of Task 2, with 41 classes;
    881,207 of those on one segment, with ``attention: mean``; 2,630,619 of 2-A-1-A with 527 classes and both norms.
    """
    if not isinstance(levels, list | tuple) or not levels or not all(isinstance(n, int) and n > 0 for n in levels):
        raise UserError(f"network: levels: {levels!r} is no list of numbers of dense layers; write [2, 1] for 2-A-1-A")
    return MultiLevelAttention(
        classes, inputs, levels, hidden, dropout, input_norm, module_norm, (classification, attention)
    )


class MultiLevelAttention(nn.Module):
    def __init__(self, classes, inputs, levels, hidden, dropout, input_norm, module_norm, kinds):
        super().__init__()
        self.inputs = inputs
        self.norm = nn.BatchNorm1d(inputs) if input_norm else nn.Identity()
        self.levels, self.pools = nn.ModuleList(), nn.ModuleList()
        for dense_layers in levels:
            level = []
            for _ in range(dense_layers):
                level += [nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(dropout)]
                inputs = hidden
            self.levels.append(nn.Sequential(*level))
            self.pools.append(AttentionPooling(inputs, classes, *kinds, module_norm))
        self.classifier = nn.Linear(len(levels) * classes, classes)
        self.last_norm = nn.BatchNorm1d(classes) if module_norm else nn.Identity()
        initialise_like_keras(self)

    def forward(self, embeddings):
        expect(embeddings.shape[2], self.inputs, "values a frame", "correct its parameter `inputs`")
        frames, pooled = self.norm(embeddings.flatten(0, 1)), []
        for level, pool in zip(self.levels, self.pools, strict=True):
            frames = level(frames)
            pooled.append(pool(frames.unflatten(0, embeddings.shape[:2])))
        return self.last_norm(self.classifier(torch.cat(pooled, dim=1)))
