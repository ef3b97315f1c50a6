"""One channel of many: their mean, or, where that would cancel the sound, the loudest of them."""

import numpy as np

CANCELLED = 0.1  # of the power that the mean of independent channels would have


class Levels:
    """The power of each channel, and of their mean, over the blocks of a sound."""

    def __init__(self):
        self.of_channels, self.of_mean = 0.0, 0.0

    def add(self, block, mean):
        """``block``: [frames, channels] float32; ``mean``: of its channels, [frames] float32."""
        self.of_channels += np.einsum("ij,ij->j", block, block).astype(float)
        self.of_mean += float(np.dot(mean, mean))

    @property
    def cancelling(self):
        """Whether the channels cancel each other, wholly or nearly; and then which is the loudest: its number, or None.

        The mean of n independent channels has 1/n of their power. One below a tenth of that needs channels of opposite
        sign: two with a correlation below -0.9.
        """
        channels = np.atleast_1d(self.of_channels)
        cancelled = self.of_mean < CANCELLED * channels.mean() / len(channels)
        return int(channels.argmax()) if cancelled else None


def mean_of_channels(block):
    """Return the mean of the channels of ``block``, [frames, channels]: [frames] float32, with no zero below zero."""
    if block.shape[1] == 1:
        return channel_of(block, 0)
    if block.shape[1] == 2:  # the same as below, faster
        return (block[:, 0] + block[:, 1]) / np.float32(2)
    return block.mean(axis=1, dtype=np.float32)


def channel_of(block, channel):
    """Return one channel of ``block`` in the same way."""
    return block[:, channel] + np.float32(0)


def mix(samples):
    """Return the one channel of a whole sound, [frames, channels] float32: [frames] float32."""
    mean, levels = mean_of_channels(samples), Levels()
    levels.add(samples, mean)
    return mean if levels.cancelling is None else channel_of(samples, levels.cancelling)
