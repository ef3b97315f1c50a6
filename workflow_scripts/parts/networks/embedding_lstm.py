"""One LSTM over a clip's embeddings, with which DCASE 2018 Task 2 saw multi-level attention compared."""

from torch import nn

from workflow_scripts.parts.layers.expected import expect


def build(classes, inputs=128, units=600):
    """Return the network for embeddings [batch, frames, ``inputs``]: the last of the LSTM's states is classified.

    Trainable parameters with 128 inputs, 600 units and 41 classes: 1,776,641 (PyTorch has two vectors of biases).
    """
    return EmbeddingLstm(classes, inputs, units)


class EmbeddingLstm(nn.Module):
    def __init__(self, classes, inputs, units):
        super().__init__()
        self.lstm = nn.LSTM(inputs, units, batch_first=True)
        self.classifier = nn.Linear(units, classes)

    def forward(self, embeddings):
        expect(embeddings.shape[2], self.lstm.input_size, "values a frame", "correct its parameter `inputs`")
        return self.classifier(self.lstm(embeddings)[0][:, -1])
