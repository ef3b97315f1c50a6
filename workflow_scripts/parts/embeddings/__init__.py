"""Embeddings: what pretrained networks say of windows of sound; one module each for what runs them, imported by name.

Each has ``load(path, shape, values, device, **parameters)``, which returns a function from windows, float32 [windows,
*``shape``], to their vectors, float32 [windows, ``values``]. ``shape``: [samples], within -1..1, or [frames, bands].
Several threads may call the function at a time. The same windows, passed together, give the same bytes on a CPU.

``path``: of the weights, a file that has the checksum in ``weights/<weights>.yaml``. ``device``: ``cpu``, ``cuda`` or
``cuda-or-cpu``; only torch looks at it. Raises UserError, one line, where the runtime is not installed, or the file is
none of its models, or one that takes windows of another shape or says vectors of another length.
"""
