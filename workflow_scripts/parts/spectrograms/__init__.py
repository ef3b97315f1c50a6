"""Spectrograms: one module each, imported by name.

Each has ``spectrogram(samples, rate, **parameters)``, which returns float32 [frames, bands] for mono float32 samples
of any length from 1 up, with finite values even for digital silence. A waveform counts as one, too: its frames are
samples, of one band. Where events are to be detected, there are ``sample_rate`` and ``hop`` among the parameters.
"""
