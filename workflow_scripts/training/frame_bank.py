"""All frames of a dataset on the device; batches are gathered there by index arithmetic, without a copy by the host."""

import numpy as np
import torch


class FrameBank:
    """Holds the feature store's [frames, bands] array as one tensor on ``device``."""

    def __init__(self, frames, device):
        self.frames = torch.from_numpy(frames).to(device)

    @property
    def device(self):
        return self.frames.device

    @property
    def bands(self):
        return self.frames.shape[1]

    def windows(self, table):
        """Return the :class:`Windows` of a window table (see ``workflow_scripts.parts.windows``), all of one length.

        There must be one at least.
        """
        return Windows(self, table)


class Windows:
    """A window table on the device."""

    def __init__(self, bank, table):
        self.bank, self.length, self.repeat = bank, int(table["length"].iloc[0]), bool(table["repeat"].iloc[0])
        columns = torch.from_numpy(table[["first", "frames", "offset"]].to_numpy(np.int64, copy=True)).to(bank.device)
        self.first, self.segment_frames, self.offset = columns.unsqueeze(2).unbind(1)
        self.minimum = torch.from_numpy(table["minimum"].to_numpy(np.float32, copy=True)).to(bank.device)
        self.steps = torch.arange(self.length, device=bank.device)

    def __len__(self):
        return len(self.first)

    def gather(self, rows):
        """Return the spectrograms [rows, length, bands] of ``rows``, a slice or an int tensor on the device."""
        first, frames = self.first[rows], self.segment_frames[rows]
        position = self.offset[rows] + self.steps
        if self.repeat:
            return self.bank.frames[first + position % frames]
        within = position.clamp(min=0).minimum(frames - 1)
        spectrograms = self.bank.frames[first + within]
        return torch.where((position == within).unsqueeze(2), spectrograms, self.minimum[rows, None, None])
