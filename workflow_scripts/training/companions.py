"""What some trainings have beside their network, and no model has: a peer that teaches it, or a layer of noise."""

import torch

from workflow_scripts.common.seeds import derive_seed
from workflow_scripts.training.co_teaching import CoTeaching, Pair
from workflow_scripts.training.model import build_network
from workflow_scripts.training.noise_transition import Given, NoiseLayer
from workflow_scripts.training.objective import Objective
from workflow_scripts.training.rates import parameter_groups


def accompanied(network, settings, training, training_set, seed):
    """Return (module, objective, parameters): what is updated and saved, to what end, and what an optimizer takes.

    The module is ``network`` itself (of :func:`workflow_scripts.training.model.build_network`, with its initial
    weights), unless ``training``, the stage's settings, says ``co_teaching`` or ``noise_layer``. ``settings``: name and
    parameters of the network. ``training_set``: here its ``classes``, ``targets`` and ``transition``.
    """
    rates, device = training.get("rates"), next(network.parameters()).device
    shape = training_set.targets.shape
    given = None if training_set.transition is None else Given(training_set.transition, device)
    if options := training.get("co_teaching"):
        torch.manual_seed(derive_seed(seed, "weights of the peer"))
        pair = Pair(network, build_network(settings, training_set.classes, device))
        objectives = tuple(Objective(training, one[1], transition=given) for one in (pair.network, pair.peer))
        return pair, CoTeaching(objectives, **options), pair.parameter_groups(rates)
    if options := training.get("noise_layer"):
        layer = NoiseLayer(network, training_set.classes, **options)
        return layer, Objective(training, network[1], shape, layer), layer.parameter_groups(rates)
    return network, Objective(training, network[1], shape, given), parameter_groups(network, rates)
