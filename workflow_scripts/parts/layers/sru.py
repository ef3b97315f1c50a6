"""The simple recurrent unit of Lei et al. (2017), in its first published form."""

import torch
from torch import nn


class BidirectionalSru(nn.Module):
    """Sequence [batch, steps, ``inputs``] -> both directions' outputs at each step [batch, steps, 2 x ``units``].

    With x the input of a step, of both directions at once: candidate W x; gates f = sigmoid(W_f x + b_f) and r =
    sigmoid(W_r x + b_r); state c = f c_before + (1 - f) W x; output r tanh(c) + (1 - r) x. Only the state is computed
    step by step. Where ``inputs`` is not 2 x ``units``, a learned linear map of x takes its place in the output.
    """

    def __init__(self, inputs, units):
        super().__init__()
        self.units = units
        self.gates = nn.Linear(inputs, 4 * units)  # f and r of both directions
        self.candidate = nn.Linear(inputs, 2 * units, bias=False)
        self.skip = nn.Identity() if inputs == 2 * units else nn.Linear(inputs, 2 * units, bias=False)

    def forward(self, sequence):
        forget, reset = self.gates(sequence).sigmoid().chunk(2, dim=2)
        states = _states(_turned(forget, self.units), _turned(self.candidate(sequence), self.units))
        states = _turned(states, self.units).tanh()
        return reset * states + (1 - reset) * self.skip(sequence)


def _turned(sequence, units):
    """Reverse the steps of the second direction."""
    return torch.cat([sequence[..., :units], sequence[..., units:].flip(1)], dim=2)


def _states(forget, candidate):
    """Return c of every step, from a state of zeros, for [batch, steps, features]."""
    new = (1 - forget) * candidate
    state, states = torch.zeros_like(new[:, 0]), []
    for kept, added in zip(forget.unbind(1), new.unbind(1), strict=True):
        state = kept * state + added
        states.append(state)
    return torch.stack(states, dim=1)
