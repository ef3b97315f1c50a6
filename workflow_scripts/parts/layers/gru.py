"""The gated recurrent unit of Cho et al. (2014) as Keras 2.2 has it by default, but with a ReLU for tanh.

PyTorch's own differs: its reset gate multiplies the recurrent product instead of the state, its gates are true
sigmoids, and it has two bias vectors.
"""

import torch
from torch import nn
from torch.nn.functional import linear, relu


class BidirectionalGru(nn.Module):
    """Sequence [batch, steps, ``inputs``] -> both directions' states at each step [batch, steps, 2 x ``units``]."""

    def __init__(self, inputs, units):
        super().__init__()
        self.forwards = Gru(inputs, units)
        self.backwards = Gru(inputs, units)

    def forward(self, sequence):
        return torch.cat([self.forwards(sequence), self.backwards(sequence.flip(1)).flip(1)], dim=2)


class Gru(nn.Module):
    """Sequence [batch, steps, ``inputs``] -> state after each step [batch, steps, ``units``], from a state of zeros.

    Each kernel and the bias hold update gate, reset gate and candidate, in this order. Keras' initialisation.
    """

    def __init__(self, inputs, units):
        super().__init__()
        self.units = units
        self.kernel = nn.Parameter(nn.init.xavier_uniform_(torch.empty(3 * units, inputs)))
        self.recurrent = nn.Parameter(nn.init.orthogonal_(torch.empty(units, 3 * units)))
        self.bias = nn.Parameter(torch.zeros(3 * units))

    def forward(self, sequence):
        parts = [2 * self.units, self.units]
        to_gates, to_candidate = self.recurrent.split(parts, dim=1)
        projections = linear(sequence, self.kernel, self.bias)  # of all steps at once
        state = projections.new_zeros(len(sequence), self.units)
        states = []
        for projection in projections.unbind(dim=1):
            gates, candidate = projection.split(parts, dim=1)
            update, reset = _hard_sigmoid(gates + state @ to_gates).chunk(2, dim=1)
            candidate = relu(candidate + (reset * state) @ to_candidate)
            state = update * state + (1 - update) * candidate
            states.append(state)
        return torch.stack(states, dim=1)


def _hard_sigmoid(x):
    return (0.2 * x + 0.5).clamp(0, 1)  # Keras' slope; PyTorch's is 1/6
