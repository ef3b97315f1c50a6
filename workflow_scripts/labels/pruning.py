"""How improbable a model finds the labels of clips."""

import numpy as np
import torch

from workflow_scripts.common.parts import part_function


def losses_of_clips(probabilities, clip, targets, doubtful, loss):
    """Return the mean loss over the windows of each clip (Fonseca et al., WASPAA 2019), float [clips].

    ``probabilities``: [windows, classes], which sum to one; ``clip``: int [windows], the clip of each window, of which
    every one has some. ``targets``: float32 [clips, classes]; ``doubtful``: bool [clips], nobody has verified them.
    ``loss``: a part of parts/losses/, name and parameters; it sees all windows at once.
    """
    outputs = torch.from_numpy(np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)))
    doubt = torch.from_numpy(doubtful.astype(np.float32))
    losses = part_function("parts.losses", loss, "losses")(outputs, torch.from_numpy(targets)[clip], doubt[clip])
    return np.bincount(clip, losses.numpy(), len(targets)) / np.bincount(clip, minlength=len(targets))
