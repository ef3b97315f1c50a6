"""Losses: what an update compares a network's outputs with. One module each, imported by name, with

``losses(outputs, targets, doubt, **parameters)``: the loss of each example of a batch, float32 [batch], from which the
gradient flows back.

- ``outputs``: logits, before softmax or sigmoid, [batch, classes]; or [batch, frames, classes] of a network that says
  something of every frame. On a GPU they may be bfloat16.
- ``targets``: float32 0..1, [batch, classes]; or [batch, frames, classes] where frames have targets of their own.
- ``doubt``: float32 [batch], which share of an example nobody has verified, 0..1: 0 or 1 of a clip, in between of a
  mixture of clips.

An update minimises the mean over the batch of weight times loss. The weights, 1 or the ``unverified_weight`` of a
stage, stay with their clips (and are mixed like them); the mean is over all examples, whatever they weigh, so that a
batch of clips that weigh little makes a small step. A loss sees no weights, and need not know of them.

``TASKS`` says which tasks a loss suits, of ``multiclass``, ``multilabel`` and ``detection``. A loss that changes
another one names it in its parameter ``of``: ``{name: masked_in_batch, above: 0.8, of: {name: cross_entropy}}``.
"""
