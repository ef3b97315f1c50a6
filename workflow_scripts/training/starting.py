"""Where weights start that do not start from scratch: as in another model, but for what begins afresh or is frozen."""

import logging

from workflow_scripts.common.errors import UserError

log = logging.getLogger("starting")


def start_from(network, weights, frozen=(), fresh=()):
    """Give ``network`` (of :func:`workflow_scripts.training.model.build_network`) the ``weights`` of the same names.

    ``weights``: the state of another such network, standardisation included. ``frozen``: layers that keep what they
    start with: they get no gradients, and stay in evaluation mode in training, too, so that batch norm keeps its
    statistics. ``fresh``: layers that keep the initial values that they have. Layers are named as the network names its
    parameters, or by the beginning of these names: ``blocks.0`` is all of the first block.

    Raises UserError where a layer that is not fresh is missing among the weights or has another shape there, a name
    belongs to no layer, or everything is frozen.
    """
    own = network.state_dict()
    for key, names in (("frozen", frozen), ("fresh", fresh)):
        for name in names:
            if not any(_belongs(_name(parameter), [name]) for parameter in own if _is_of_network(parameter)):
                raise UserError(f"{key}: the network has no layer {name!r}; it has {', '.join(_layers(network))}")
    taken = {name: values for name, values in own.items() if not _belongs(_name(name), fresh)}
    for name in taken:
        if name not in weights:
            raise UserError(
                f"start: the model to start from has no weights of the layer {_layer(name)!r}; name it in `fresh`, so "
                "that it begins from scratch, or start from a model of the same network"
            )
        if _is_of_network(name) and weights[name].shape != own[name].shape:
            there, here = (" x ".join(map(str, values.shape)) for values in (weights[name], own[name]))
            raise UserError(
                f"start: the layer {_layer(name)!r} has {there} weights in the model to start from and {here} here, as "
                "with other classes or another width; name it in `fresh`, so that it begins from scratch"
            )
    network.load_state_dict(own | {name: weights[name] for name in taken})
    for name, parameter in network[1].named_parameters():
        parameter.requires_grad_(not _belongs(name, frozen))
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise UserError("frozen: all layers are frozen, so nothing is left to learn; leave some out")
    modules = dict(network[1].named_modules())
    network.frozen = tuple(modules[name] for name in frozen if name in modules)
    if frozen or fresh:
        log.info("frozen: %s; from scratch: %s", ", ".join(frozen) or "nothing", ", ".join(fresh) or "nothing")


def _belongs(name, layers):
    return any(f"{name}.".startswith(f"{layer}.") for layer in layers)


def _is_of_network(name):
    return name.startswith("1.")  # 0 is the standardisation


def _name(name):
    """Of a parameter in the network itself."""
    return name.partition(".")[2]


def _layer(name):
    return _name(name).rpartition(".")[0] or _name(name)


def _layers(network):
    """Return what can be named: the modules with weights, down to the second level."""
    modules = network[1].named_modules()
    return [name for name, module in modules if name and name.count(".") < 2 and module.state_dict()]
