"""Layers that learn faster or more slowly than the others: each has its share of the learning rate."""

from workflow_scripts.common.errors import UserError

FACTOR = "rate"  # key of an optimizer's group


def parameter_groups(network, rates):
    """Return what an optimizer takes: the parameters of ``network``, or where there are ``rates``, groups of them.

    ``network``: of :func:`workflow_scripts.training.model.build_network`. ``rates``: layer -> factor, or None; layers
    are named as its module names its parameters, or by the beginning of these names; of two that a parameter belongs
    to, the longer name counts. Others have a factor of 1. Raises UserError where a name is of no layer.
    """
    if not rates:
        return network.parameters()
    groups = {1.0: []} | {factor: [] for factor in rates.values()}
    unused = set(rates)
    for name, parameter in network[1].named_parameters():
        layers = [layer for layer in rates if f"{name}.".startswith(f"{layer}.")]
        unused -= set(layers)
        groups[rates[max(layers, key=len)] if layers else 1.0].append(parameter)
    if unused:
        known = ", ".join(dict.fromkeys(name.rpartition(".")[0] or name for name, _ in network[1].named_parameters()))
        raise UserError(f"rates: the network has no layer {min(unused)!r} with weights; it has {known}")
    return [{"params": parameters, FACTOR: factor} for factor, parameters in groups.items() if parameters]


def set_rate(optimizer, rate):
    """Let every group of ``optimizer`` make its next update with its share of ``rate``."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get(FACTOR, 1)
