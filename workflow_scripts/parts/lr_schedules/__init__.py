"""Learning-rate schedules: one module each, imported by name, with

``rate(place, learning_rate, **parameters)``: the rate of the update at ``place``, where ``learning_rate`` is the
recipe's. It is asked before every update and keeps nothing in mind: what it needs to know of the past stands in
``place``, so that a training that was interrupted goes on at the same rate.

A schedule that changes another one names it in its parameter ``of``, as ``{name: warm_up, epochs: 5, of: {name:
cosine}}``.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """An update's place in its training."""

    epoch: int  # from 1
    epochs: int
    update: int = 1  # of the epoch, from 1
    updates: int = 1  # in this epoch
    history: list = field(default_factory=list)  # the rows of the finished epochs, as in history.csv
    scores: list = field(default_factory=list)  # of these epochs by the metric of checkpoint_selection, highest is best
    earlier: int = 0  # how many of these epochs are of stages that this one goes on from

    @property
    def step(self):
        """How many updates lie before this one, as if every epoch had as many as this one."""
        return (self.epoch - 1) * self.updates + self.update - 1

    @property
    def steps(self):
        """How many updates the training has, as if every epoch had as many as this one."""
        return self.epochs * self.updates
