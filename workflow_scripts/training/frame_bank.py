"""All frames of a dataset on the device; batches are gathered there by index arithmetic."""

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

    def gather(self, windows):
        """Return the spectrograms [windows, length, bands] of a window table (see ``workflow_scripts.windows``)."""
        first, frames, offset = (self._column(windows, name) for name in ("first", "frames", "offset"))
        position = offset + torch.arange(int(windows["length"].iloc[0]), device=self.device)
        if windows["repeat"].iloc[0]:
            return self.frames[first + position % frames]
        spectrograms = self.frames[first + position.clamp(max=frames - 1)]
        padding = self._column(windows, "minimum").float().unsqueeze(2)
        return torch.where((position < frames).unsqueeze(2), spectrograms, padding)

    def _column(self, windows, name):
        return torch.from_numpy(windows[name].to_numpy(copy=True)).to(self.device).unsqueeze(1)
