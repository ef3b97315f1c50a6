"""NT-Xent, the normalised temperature-scaled cross-entropy (Chen et al. 2020), between pairs of views of clips."""

import torch
from torch.nn.functional import normalize

from workflow_scripts.common.errors import UserError

TASKS = ("contrastive",)
VALUES = {"temperature": (1e-3, None)}


def losses(outputs, targets, doubt, temperature=0.2):
    """Return -log(exp(z_i z_j / temperature) / sum over all v but i of exp(z_i z_v / temperature)), [batch].

    ``outputs``: projections [batch, d]; z_i is the i-th one divided by its length. ``targets``: the number of the clip
    that each is a view of, [batch, 1]; j is the other view with the number of i. Raises UserError where an example has
    no such partner in its batch, or more than one.
    """
    outputs = outputs.to(torch.promote_types(outputs.dtype, torch.float32))
    z = normalize(outputs, dim=1)
    similarities = z @ z.T / temperature
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    partner = (targets == targets.T) & ~itself
    if not bool((partner.sum(dim=1) == 1).all()):
        raise UserError(
            "training.loss: nt_xent needs just two views of each clip in a batch; take the sampling pairs and the "
            "windows patches with draws: 2"
        )
    return similarities.masked_fill(itself, -torch.inf).logsumexp(dim=1) - (similarities * partner).sum(dim=1)
