"""Cnn6 of PANNs (Kong et al. 2020, arXiv 1912.10211), for whose weights, learned from AudioSet, it has the names."""

from itertools import pairwise

from workflow_scripts.parts.layers.panns import Panns, panns_block

INPUT = {"frames": (16, None), "bands": (64, 64)}  # four halvings; weights of each band


def build(classes, width=64):
    """Return four blocks of one 5 x 5 convolution, ``width`` filters in the first, doubling up to 8 x ``width``.

    The embedding has as many values, 512 at the published width. Parameters then: 4,837,455 with AudioSet's 527
    classes, 4,588,137 with 41.
    """
    filters = [1, *(width * 2**block for block in range(4))]
    return Panns([panns_block(*step, 5, 1, 2) for step in pairwise(filters)], filters[-1], classes)
