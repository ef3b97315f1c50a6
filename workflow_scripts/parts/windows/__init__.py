"""Windows: how the streams of frames (one per segment) are cut into network inputs.

Each module, imported by name, has two functions that return a table of windows:

- ``training_windows(segments, rng, **parameters)``: the inputs of one epoch, all of one length;
- ``inference_windows(segments, **parameters)``: the inputs whose predictions make up a clip's prediction.

``segments`` is the feature store's index with the column ``clip`` (the clip's position in the caller's list).
A window is its segment (clip, first, frames, minimum) and what to read of it: ``length`` frames from ``offset`` on.
Behind its last frame a segment starts again where ``repeat`` is true, else the segment's minimum follows, as it does
before the first one where ``offset`` is negative.
"""
