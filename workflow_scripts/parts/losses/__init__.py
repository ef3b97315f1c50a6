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
another one names it in its parameter ``of``: ``{name: masked_in_batch, above: 0.8, of: {name: cross_entropy}}``; one of
several others says in ``OF`` which parameters name them, and in ``OF_TASK`` which task they have to suit if that is
another than its own.

A loss that says ``REMEMBERS = True`` takes two more arguments, ``losses(outputs, targets, doubt, memory, clips, ...)``:

- ``memory``: float32 [all clips, classes], zeros as a training begins, which the loss changes in place; what it has
  come to outlives an interruption;
- ``clips``: int [batch], the row of the memory that is of the clip of each example.

No other loss names such a one, and its examples are of one clip each, not mixtures.
"""
