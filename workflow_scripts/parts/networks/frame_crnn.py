"""The CRNN of the DCASE 2018 Task 4 baseline (Serizel et al. 2018)."""

from workflow_scripts.parts.layers.frame_tagger import FrameTagger
from workflow_scripts.parts.layers.frequency_pooling import convolution_stack
from workflow_scripts.parts.layers.gru_over_frames import GruOverFrames

INPUT = {"frames": (1, None), "bands": (64, 127)}  # one band is left in the end


def build(classes, width=64, units=64, dropout=0.3, norm_momentum=0.01):
    """Return the network with ``width`` filters in each of three convolutions and ``units`` in each GRU direction.

    ``norm_momentum``: of batch norm's running statistics (Keras' default, 0.99, is PyTorch's 0.01). Trainable
    parameters with 10 classes and the published sizes: 126,090; the authors' Keras has one vector of biases less in
    each GRU, 125,706. Its gates were hard sigmoids, and one mask of the dropout before it held for all
    frames; here they are PyTorch's.
    """
    settings = {"bias": True, "dropout": dropout, "norm_momentum": norm_momentum}
    convolutions = convolution_stack([1, width, width, width], size=3, pool=4, **settings)
    return FrameTagger(convolutions, GruOverFrames(width, units, dropout), 2 * units, classes)
