"""Networks: one module each, imported by name so that editing one retrains only the systems that use it.

Each module has ``build(classes, **parameters)`` returning a ``torch.nn.Module`` that maps a float32
spectrogram [batch, frames, bands] to logits [batch, classes], or, for detecting events, to logits of every frame
[batch, frames, classes].

``INPUT``: how many frames and bands it takes, each as (least, most), None for any number from the least on: recipes are
checked by it before anything runs. Without it, it takes anything.
"""
