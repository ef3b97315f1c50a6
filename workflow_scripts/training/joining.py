"""One set of weights to start from, of a model or of those of several systems, each a part of the network."""

import torch

from workflow_scripts.common.errors import UserError
from workflow_scripts.training.model import Model


def read_start(paths):
    """Return the :class:`workflow_scripts.training.model.Model` whose preferred weights a training begins with.

    ``paths``: of one model, or part of the network -> that of the model whose preferred weights it has. The joined
    model has all of these, each under the name of its part: ``raw.dense`` where that of ``raw`` has ``dense``.

    Raises UserError where the models standardise their inputs differently, as the joined network has one input.
    """
    if not isinstance(paths, dict):
        return Model.read(paths)
    models = {part: Model.read(path) for part, path in paths.items()}
    joined, standardised = {}, {}
    for part, model in models.items():
        for name, values in model.weights[0].items():
            module, _, rest = name.partition(".")
            if module == "1":
                joined[f"1.{part}.{rest}"] = values
            elif not torch.equal(standardised.setdefault(name, values), values):
                raise UserError(
                    f"start: {paths[part]} standardises its inputs otherwise than {next(iter(paths.values()))}, and "
                    "joined they have the same ones; say `normalisation: null` in their recipes"
                )
    first = next(iter(models.values()))
    return Model(first.network, first.classes, [0], [standardised | joined])
