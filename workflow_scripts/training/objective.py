"""What an update makes smaller: the weighted mean of a batch's losses, and maybe a penalty on some layers."""

import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.parts import load_part, part_function


class Objective:
    """The loss of a training as its settings have it, and its L2 penalty, as Keras' ``kernel_regularizer``.

    ``training``: ``loss``, a part of ``workflow_scripts.parts.losses``; and maybe ``l2``, layer -> factor: factor times
    the sum of the squares of its kernels is added to the loss. ``network``: the one that is trained. A layer is named
    as in its ``named_modules()``, and means all that is in it. Kernels are parameters of two dimensions or more, so
    neither biases nor the scales of a normalisation. Raises UserError for a layer that is not there or has none.

    ``shape``: (clips, classes) of what is learned. ``memory``: float32 of that shape, what a loss that REMEMBERS has
    come to; None where the loss does not. ``transition``: through what labels are seen, see
    :mod:`workflow_scripts.training.noise_transition`, or None.
    """

    def __init__(self, training, network, shape=None, transition=None):
        self._losses, self._transition = part_function("parts.losses", training["loss"], "losses"), transition
        remembers = getattr(load_part("parts.losses", training["loss"]["name"]), "REMEMBERS", False)
        self.memory = torch.zeros(shape, device=next(network.parameters()).device) if remembers else None
        penalised = (training.get("l2") or {}).items()
        self._penalised = [(kernel, factor) for layer, factor in penalised for kernel in _kernels(network, layer)]

    def at(self, epoch):
        """Return the objective of an epoch, from 1: it is the same in all."""
        return self

    def __call__(self, outputs, targets, weights, doubt, clips=None):
        """Return the mean over the batch of weight times loss, plus the penalty: a tensor of no dimensions.

        ``weights``: [batch]; the others: see ``workflow_scripts.parts.losses``.
        """
        return self.penalised((weights * self.losses(outputs, targets, doubt, clips)).mean())

    def losses(self, outputs, targets, doubt, clips=None):
        """Return the loss of each example, [batch]."""
        seen = outputs if self._transition is None else self._transition.seen(outputs, doubt)
        remembered = () if self.memory is None else (self.memory, clips)
        return self._losses(seen, targets, doubt, *remembered)

    def penalised(self, mean):
        """Return ``mean``, of losses, plus the penalty."""
        mean = mean if self._transition is None else mean + self._transition.penalty()
        return sum((factor * kernel.square().sum() for kernel, factor in self._penalised), start=mean)


def _kernels(network, layer):
    named = [(name, parameter) for name, parameter in network.named_parameters() if parameter.dim() > 1]
    kernels = [parameter for name, parameter in named if name.startswith(f"{layer}.")]
    if not kernels:
        layers = sorted({name.rpartition(".")[0] for name, _ in named})
        raise UserError(f"training.l2: the network has no layer {layer!r} with a kernel; it has {', '.join(layers)}")
    return kernels
