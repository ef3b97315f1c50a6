"""Co-teaching (Han et al. 2018): two networks choose for each other which labels of a batch to believe.

Both see the same batches. A network learns the clean ones first, so its examples of small loss are probably clean; and
as the other one began with other weights, it errs on other examples, and the errors of neither feed on themselves.
"""

from dataclasses import dataclass, replace

import torch
from torch import nn

from workflow_scripts.training.model import Network
from workflow_scripts.training.rates import parameter_groups

TOLERANCE = 1e-3  # of a number of examples, so that rounding makes none of 80 % of ten a ninth


class Pair(nn.Module):
    """Map inputs -> [2, batch, ...], the outputs of two networks; the first one standardises for both."""

    def __init__(self, network, peer):
        """Both: of :func:`workflow_scripts.training.model.build_network`, alike but for their weights."""
        super().__init__()
        self.network, self.peer = network, Network(nn.Identity(), peer[1])

    def forward(self, inputs):
        standardised = self.network[0](inputs)
        return torch.stack([self.network[1](standardised), self.peer(standardised)])

    def parameter_groups(self, rates):
        """Return what an optimizer takes; ``rates``: of layers, the same of both networks, or None."""
        return [*parameter_groups(self.network, rates), *parameter_groups(self.peer, rates)]


@dataclass(frozen=True)
class CoTeaching:
    """The objective of a :class:`Pair`: each network's mean over the examples that the other one has not forgotten.

    ``objectives``: of the networks alone, each a :class:`workflow_scripts.training.objective.Objective`.
    ``forget_rate``: tau, the estimated share of wrong labels among those that may be forgotten, 0..1. ``over_epochs``:
    T_k; before it less is forgotten, as a network memorises wrong labels only late. ``clips``: ``unverified``, of which
    alone examples are forgotten (of a mixture the larger part decides), or ``all``, as in the paper, where nobody has
    verified any. ``epoch``: t, from 1.
    """

    objectives: tuple
    forget_rate: float
    over_epochs: float
    clips: str = "unverified"
    epoch: int = 1

    @property
    def memory(self):
        """None: no loss that remembers clips is compared with that of a peer."""
        return None

    def at(self, epoch):
        return replace(self, epoch=epoch)

    @property
    def share(self):
        """R(t), the share that is remembered of the examples that may be forgotten."""
        return 1 - self.forget_rate * min(self.epoch / self.over_epochs, 1)

    def __call__(self, outputs, targets, weights, doubt, clips=None):
        """Return the sum of both networks' objectives: as they share no weights, each follows its own.

        ``outputs``: of a :class:`Pair`; the others: see ``Objective``. What is forgotten does not count in the mean.
        """
        losses = [
            objective.losses(own, targets, doubt) for objective, own in zip(self.objectives, outputs, strict=True)
        ]
        forgettable = doubt > 0.5 if self.clips == "unverified" else torch.ones_like(doubt, dtype=torch.bool)
        chosen = [remembered(own.detach(), forgettable, self.share) for own in losses]
        means = [
            (weights * own * by_peer).sum() / by_peer.sum()
            for own, by_peer in zip(losses, reversed(chosen), strict=True)
        ]
        return sum(objective.penalised(mean) for mean, objective in zip(means, self.objectives, strict=True))


def remembered(losses, forgettable, share):
    """Return bool [batch]: all examples but the ``forgettable`` ones of large loss.

    Of the forgettable ones, so few as are at least the ``share`` of them are remembered, those of the smallest losses;
    of equal losses the earlier example comes first.
    """
    ranks = losses.where(forgettable, torch.inf).argsort(stable=True).argsort()
    return ~forgettable | (ranks < share * forgettable.sum() - TOLERANCE)
