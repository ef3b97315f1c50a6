"""Rule convert_weights: published weights as a model file that trainings can start from."""

from dataclasses import dataclass
from pathlib import Path

import torch

from workflow_scripts.common.pretrained import check_state, read_state
from workflow_scripts.common.stage import run
from workflow_scripts.training.model import Model, build_network

HINT = "take the network of these weights, at the same sizes, or name the layer in `fresh`: it begins from scratch"


@dataclass(frozen=True)
class Settings:
    network: dict  # name and parameters of the network that starts
    classes: int  # how many it knows
    left_out: list[str]  # layers in the file that are no part of it
    fresh: list[str]  # layers that begin from scratch, and need not be in the file


def main(*, weights: Path, model: Path, settings: Settings):
    """Write the weights in the file ``weights`` as the ``model`` of the network that starts from them.

    All of its layers that are not fresh must be there, in their shapes. It leaves its inputs as they are.
    """
    network = build_network(settings.network, settings.classes, torch.device("cpu"))
    state = read_state(weights, [*settings.left_out, *settings.fresh])
    check_state(network[1], state, weights, settings.fresh, HINT)
    taken = {f"1.{name}": values for name, values in state.items()}
    identity = {f"0.{name}": values for name, values in network[0].state_dict().items()}
    Model(settings.network, settings.classes, [0], [identity | taken]).write(model)


if __name__ == "__main__":
    run(main)
