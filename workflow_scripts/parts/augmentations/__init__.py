"""Mixing: what becomes of an example and its partner. One module each, imported by name, with two functions:

- ``draw(count, rng, **parameters)``: the random numbers of ``count`` examples, [count, as many as one needs];
- ``mix(own, partner, drawn)``: two batches (inputs [batch, frames, bands], targets, weights [batch], doubt [batch]) and
  those numbers, float32 [batch, ...], all tensors on one device -> the mixed batch, of the same shapes.

``doubt`` tells which share of an example is of clips that nobody has verified, 0..1. A module whose examples keep the
targets, weights and doubt of ``own`` says ``KEEPS_LABELS = True``.

What they need not know of is done for all of them alike: ``partner``, whence an example's partner is, and ``after``,
how many epochs pass before augmentation begins (:mod:`workflow_scripts.training.batches`).
"""
