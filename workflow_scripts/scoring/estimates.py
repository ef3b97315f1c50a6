"""Measures of clips, with how sure they are: by the bootstrap over clips, alone and beside another system's.

Both classes have ``value``, a float (NaN where it is undefined), ``clips``, how many they are of, ``interval(seed,
resamples)``: (low, high) of the value at 95 %, ``difference(other, seed, resamples)``: (value minus that of ``other``,
low, high), on the same clips, and ``of(clips)``: the estimate of some of the clips, by their positions.
"""

from dataclasses import dataclass

import numpy as np

from workflow_scripts.scoring.bootstrap import interval, interval_of_sums, paired_interval, paired_interval_of_sums


@dataclass(frozen=True)
class Mean:
    """The mean of ``values`` [clips]."""

    values: np.ndarray

    @property
    def value(self):
        return self.values.mean()

    @property
    def clips(self):
        return len(self.values)

    def of(self, clips):
        return Mean(self.values[clips])

    def interval(self, seed, resamples):
        return interval(self.values, seed, resamples)

    def difference(self, other, seed, resamples):
        return (self.values - other.values).mean(), *paired_interval(self.values, other.values, seed, resamples)


@dataclass(frozen=True)
class Ratio:
    """The sum of ``parts`` [clips] as a share of that of ``wholes`` [clips]: no mean over clips, as these differ."""

    parts: np.ndarray
    wholes: np.ndarray

    @property
    def value(self):
        return float(_ratio(self._sums.sum(axis=0)))

    @property
    def clips(self):
        return len(self.parts)

    def of(self, clips):
        return Ratio(self.parts[clips], self.wholes[clips])

    def interval(self, seed, resamples):
        return interval_of_sums(self._sums, _ratio, seed, resamples)

    def difference(self, other, seed, resamples):
        bounds = paired_interval_of_sums(self._sums, other._sums, _ratio, seed, resamples)
        return self.value - other.value, *bounds

    @property
    def _sums(self):
        return np.stack([self.parts, self.wholes], axis=1).astype(float)


def _ratio(sums):
    """Return [...] of ``sums`` [..., 2]."""
    part, whole = np.moveaxis(np.asarray(sums, float), -1, 0)
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
