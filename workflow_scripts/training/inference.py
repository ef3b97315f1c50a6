"""Class probabilities of clips from trained networks."""

import numpy as np
import torch

from workflow_scripts.fusion.means import arithmetic_mean, mean_by_clip

FRAMES_PER_BATCH = 25 * 3000  # Dorfer & Widmer predict 25 whole clips of 3000 frames at a time


def predict(model, bank, windows, clips, combine):
    """Return the probabilities [clips, classes] of a :class:`Model`: the mean over the epochs that it keeps.

    The arguments are those of :func:`predict_clips`, but there may be no window at all.
    """
    if windows.empty:
        return np.full((clips, model.classes), 1 / model.classes)
    networks = model.networks(bank.device)
    return arithmetic_mean(np.stack([predict_clips(network, bank, windows, clips, combine) for network in networks]))


def predict_clips(network, bank, windows, clips, combine):
    """Return the probabilities [clips, classes] of one network.

    ``windows``: window table whose column ``clip`` counts from 0 to ``clips`` - 1. ``combine``: how the windows of a
    clip are combined, ``mean`` (arithmetic or geometric) and ``renormalise``. A clip without a window (empty audio)
    gets the uniform distribution.
    """
    outputs = predict_windows(network, bank.windows(windows))
    return mean_by_clip(outputs, windows["clip"].to_numpy(), clips, **combine)


@torch.inference_mode()
def predict_windows(network, windows):
    """Return the softmax outputs [windows, classes] of ``network`` in evaluation mode, float32 numpy.

    ``windows``: :class:`workflow_scripts.training.frame_bank.Windows`, on the network's device.
    """
    network.eval()
    batch = max(FRAMES_PER_BATCH // windows.length, 1)
    outputs = []
    for start in range(0, len(windows), batch):
        with mixed_precision(windows.bank.device):
            logits = network(windows.gather(slice(start, start + batch)))
        outputs.append(logits.float().softmax(dim=1))
    return torch.cat(outputs).cpu().numpy()


def mixed_precision(device):
    """bfloat16 where a GPU computes, float32 on a CPU."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
