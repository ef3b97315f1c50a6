"""Random crops of clips repeated to a fixed length (Dorfer & Widmer 2018).

Every segment is thought of as repeated along time and cut at ``tiled`` frames; position t of that version is frame
t modulo the segment's length, so nothing is stored twice. What lies behind ``tiled`` frames is never read.
"""

from workflow_scripts.common.errors import UserError


def training_windows(segments, rng, frames, tiled):
    """One crop of ``frames`` frames per segment, its start uniform on 0 .. tiled - frames - 1 (as published)."""
    if frames > tiled:
        raise UserError(f"windows: a crop of {frames} frames does not fit into {tiled}; correct the recipe or its size")
    offsets = rng.integers(0, max(tiled - frames, 1), size=len(segments))
    return segments.assign(offset=offsets, length=frames, repeat=True)


def inference_windows(segments, frames, tiled):
    """The whole tiled version of each segment in one window; ``frames`` is the training crop's and not used here."""
    return segments.assign(offset=0, length=tiled, repeat=True)
