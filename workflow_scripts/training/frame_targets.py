"""Targets of single frames: what a teacher network says of each, instead of one target for a whole clip."""

import numpy as np

from workflow_scripts.common.errors import UserError


class FrameTargets:
    """Holds an array [frames, classes] and where in it the frames of each clip begin.

    ``bank``: :class:`workflow_scripts.training.frame_bank.FrameBank` of the targets. ``index``: one row per clip, in
    the order of the clips that are learned from: ``first``, ``frames``.
    """

    def __init__(self, bank, index):
        self.bank = bank
        self.first, self.frames = index["first"].to_numpy(np.int64), index["frames"].to_numpy(np.int64)

    def windows(self, table):
        """Return the targets of the window table of the inputs, as
        :class:`workflow_scripts.training.frame_bank.Windows`.

        Raises UserError where a window reaches beyond the targets of its clip.
        """
        clips = table["clip"].to_numpy()
        if (table["offset"].to_numpy() + table["length"].to_numpy() > self.frames[clips]).any():
            raise UserError("the targets of frames are fewer than the frames; teachers need the students' windows")
        return self.bank.windows(table.assign(first=self.first[clips], frames=self.frames[clips]))
