"""Class probabilities of clips, and of their frames, from trained networks: in float32 on every device.

In bfloat16, in which a GPU trains, the logits' rounding alone would move probabilities by a few percent.
"""

from contextlib import contextmanager

import numpy as np
import pandas as pd
import torch

from workflow_scripts.fusion.means import arithmetic_mean, mean_by_clip

FRAMES_PER_BATCH = 25 * 3000  # Dorfer & Widmer predict 25 whole clips of 3000 frames at a time
VALUES_PER_BATCH = FRAMES_PER_BATCH * 64  # as many, in bands of spectrograms: of waveforms that is more frames


@contextmanager
def ieee_float32():
    """Let cuDNN compute float32 as such; by default it convolves in TF32, whose fractions have 10 bits."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


@ieee_float32()
def predict(model, bank, windows, clips, combine, kind):
    """Return the probabilities [clips, classes] of a :class:`Model`: the mean over the epochs that it keeps.

    The arguments are those of :func:`predict_clips`, but there may be no window at all. All of it is in float32.
    """
    if windows.empty:
        return np.full((clips, model.classes), 1 / model.classes)
    networks = model.networks(bank.device)
    of_epochs = [predict_clips(network, bank, windows, clips, combine, kind) for network in networks]
    return arithmetic_mean(np.stack(of_epochs))


def predict_clips(network, bank, windows, clips, combine, kind):
    """Return the probabilities [clips, classes] of one network.

    ``windows``: window table whose column ``clip`` counts from 0 to ``clips`` - 1. ``combine``: how the windows of a
    clip are combined, ``mean`` (arithmetic or geometric) and ``renormalise``. ``kind``: of labels, see
    ``workflow_scripts.tasks``. A clip without a window (empty audio) gets the uniform distribution. On a GPU
    convolutions may be in TF32: it serves the validation after every epoch, which is to be fast.
    """
    outputs, clip = predict_all_windows(network, bank, windows, kind)
    return mean_by_clip(outputs, clip, clips, **combine)


def predict_all_windows(network, bank, windows, kind):
    """Return the probabilities [windows, classes] of one network, and the clip of each, int [windows].

    ``windows``: window table, of at least one; the order here is by their lengths. The others: see
    :func:`predict_clips`.
    """
    by_length = [alike for _, alike in windows.groupby("length")]
    outputs = np.concatenate([predict_windows(network, bank.windows(alike), kind) for alike in by_length])
    return outputs, pd.concat(by_length)["clip"].to_numpy(copy=True)


def predict_windows(network, windows, kind):
    """Return the probabilities [windows, classes] of ``network``, float32 numpy: of frames their mean.

    ``windows``: :class:`workflow_scripts.training.frame_bank.Windows`, on the network's device.
    """
    outputs = [part if part.dim() == 2 else part.mean(dim=1) for part in _predicted(network, windows, kind)]
    return torch.cat(outputs).cpu().numpy()


def predict_frames(network, windows, kind):
    """Yield the probabilities [frames, classes] of every window, one after the other, float32 numpy.

    ``network``: one that says something of every frame. Only one batch is in memory at a time.
    """
    with ieee_float32():
        for part in _predicted(network, windows, kind):
            yield from part.cpu().numpy()


@torch.inference_mode()
def _predicted(network, windows, kind):
    """Yield the probabilities of ``network`` in evaluation mode, batch by batch."""
    network.eval()
    batch = windows_per_batch(windows.length, windows.bank.bands)
    for start in range(0, len(windows), batch):
        yield kind.probabilities(network(windows.gather(slice(start, start + batch))))


def windows_per_batch(length, bands):
    """Return how many windows of ``length`` frames are predicted at a time."""
    return max(FRAMES_PER_BATCH // length, VALUES_PER_BATCH // (length * bands), 1)
