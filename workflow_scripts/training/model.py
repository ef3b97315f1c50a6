"""A trained model: one network and the weights of the epochs kept."""

from dataclasses import dataclass, field

import torch
from torch import nn

from workflow_scripts.common.parts import load_part
from workflow_scripts.tables.models import read_model, write_model
from workflow_scripts.training.state import State, below


@dataclass
class Model:
    network: dict  # the recipe's network: name and parameters
    classes: int
    epochs: list  # the epochs kept, the preferred one first
    weights: list = field(repr=False)  # one state dict per epoch kept
    end: State | None = None  # of the training, where another one goes on from it

    def networks(self, device):
        """Yield the network with each kept epoch's weights, on ``device``."""
        network = build_network(self.network, self.classes, device)
        for weights in self.weights:
            network.load_state_dict(weights)
            yield network

    def write(self, path):
        description = {"network": self.network, "classes": self.classes, "epochs": self.epochs}
        tensors = {f"{i}/{name}": t for i, w in enumerate(self.weights) for name, t in w.items()}
        if self.end is not None:
            tensors |= {f"end/{name}": tensor for name, tensor in self.end.tensors.items()}
            description["history"] = self.end.history
        write_model(path, tensors, description)

    @classmethod
    def read(cls, path):
        tensors, description = read_model(path)
        weights = [below(tensors, f"{i}/") for i in range(len(description["epochs"]))]
        history = description.pop("history", None)
        end = None if history is None else State(below(tensors, "end/"), history)
        return cls(weights=weights, end=end, **description)


def build_network(settings, classes, device):
    """Return the network that ``settings`` (name and parameters) describe, behind a :class:`Standardise` layer."""
    parameters = {key: value for key, value in settings.items() if key != "name"}
    network = load_part("parts.networks", settings["name"]).build(classes, **parameters)
    # channels-last convolutions are a fifth to a third faster than channels-first, on CPUs and on GPUs
    return Network(Standardise(), network).to(device, memory_format=torch.channels_last)


class Network(nn.Sequential):
    """Layers one after the other, of which the modules in ``frozen`` stay in evaluation mode."""

    frozen = ()

    def train(self, mode=True):
        super().train(mode)
        for module in self.frozen:
            module.eval()
        return self


class Standardise(nn.Module):
    """Subtract a mean from all inputs and divide by a deviation, one for all or one per band; the identity at first.

    Frames that a clip does not have (NaN) become the mean.
    """

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("deviation", torch.ones(()))

    def forward(self, spectrogram):
        return ((spectrogram - self.mean) / self.deviation).nan_to_num(nan=0.0)

    def _load_from_state_dict(self, state_dict, prefix, *arguments):
        for name in ("mean", "deviation"):  # of whichever shape the training has given them
            own = getattr(self, name)
            setattr(self, name, own.new_empty(state_dict[prefix + name].shape))
        super()._load_from_state_dict(state_dict, prefix, *arguments)
