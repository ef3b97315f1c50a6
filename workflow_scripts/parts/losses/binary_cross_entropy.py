"""Binary cross-entropy of a sigmoid for each class, for clips of any number of classes, and for their frames."""

from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from workflow_scripts.common.errors import UserError

TASKS = ("multilabel", "detection")
VALUES = {"level": ("clip", "frame")}
LEAST_PROBABILITY = 1e-7  # Keras clips at it


def losses(outputs, targets, doubt, level="clip"):
    """Return the mean over classes, and over frames if there are any, [batch]; targets may be soft.

    ``level``: what is compared where the network says something of every frame. ``clip``: the mean of a clip's frames,
    which is taken after the sigmoid (Serizel et al. 2018), and the mean of its targets where these are of frames.
    ``frame``: each frame, with its own target or, where there is none, with its clip's. Raises UserError for ``frame``
    where the network says something of clips only.
    """
    outputs = outputs.float()
    if level == "frame":
        if outputs.dim() == 2:
            raise UserError("training.loss: level: frame needs a network that says something of every frame; take clip")
        targets = targets if targets.dim() == 3 else targets.unsqueeze(1).expand_as(outputs)
    elif targets.dim() == 3:
        targets = targets.mean(dim=1)
    if outputs.dim() == targets.dim():
        losses = binary_cross_entropy_with_logits(outputs, targets, reduction="none")
    else:
        clips = outputs.sigmoid().mean(dim=1).clamp(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        losses = binary_cross_entropy(clips, targets, reduction="none")
    return losses.flatten(1).mean(dim=1)
