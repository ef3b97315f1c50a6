"""Spectrograms: one module each, imported by name.

Each has ``spectrogram(samples, rate, **parameters)``, which returns float32 [frames, bands] for mono float32 samples
of any length from 1 up, with finite values even for digital silence.
"""
