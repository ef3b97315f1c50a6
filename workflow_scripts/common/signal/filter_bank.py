"""Sums over bands of an FFT's bins."""

import numpy as np


class FilterBank:
    """Weighted sums over neighbouring bins. ``weights``: [bands, bins], outside of its band each is 0."""

    def __init__(self, weights):
        self.dtype = weights.dtype
        self.bands = []
        for band in weights:
            bins = np.flatnonzero(band)
            first, end = (bins[0], bins[-1] + 1) if len(bins) else (0, 0)
            self.bands.append((first, end, band[first:end].copy()))

    def sums(self, values):
        """Return [bands, frames] of ``values`` [bins, frames], of the wider of both types.

        Bin after bin is added: the rounding of a product of matrices would depend on the number of BLAS' threads.
        """
        if values.shape[1] == 1:  # a frame on its own would be summed in another order than among others
            return self.sums(np.repeat(values, 2, axis=1))[:, :1]
        dtype = np.result_type(self.dtype, values)
        values = values.astype(dtype, copy=False)
        sums = np.empty((len(self.bands), values.shape[1]), dtype)
        for (first, end, weights), row in zip(self.bands, sums, strict=True):
            np.einsum("bf,b->f", values[first:end], weights, out=row)
        return sums
