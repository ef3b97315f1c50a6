"""Sampling: which windows make up the batches of an epoch, and which window each is mixed with.

One module each, imported by name, with ``batches(classes, batch, rng, **parameters)``, which yields (windows,
partners), two integer arrays [batch]. ``classes``: class index of each window of the epoch; or, where the module says
``OF_TARGETS = True``, all targets of each, [windows, classes].
"""
