"""Cnn14 of PANNs (Kong et al. 2020, arXiv 1912.10211), for whose weights, learned from AudioSet, it has the names."""

from itertools import pairwise

from workflow_scripts.parts.layers.panns import Panns, panns_block

INPUT = {"frames": (32, None), "bands": (64, 64)}  # five halvings; weights of each band


def build(classes, width=64):
    """Return six blocks of two 3 x 3 convolutions, ``width`` filters in the first, doubling up to 32 x ``width``.

    The embedding has as many values, 2,048 at the published width. Parameters then: 80,753,615 with AudioSet's 527
    classes, 79,757,801 with 41.
    """
    filters = [1, *(width * 2**block for block in range(6))]
    pools = [2, 2, 2, 2, 2, 1]
    blocks = [panns_block(*step, 3, 2, pool) for step, pool in zip(pairwise(filters), pools, strict=True)]
    return Panns(blocks, filters[-1], classes)
