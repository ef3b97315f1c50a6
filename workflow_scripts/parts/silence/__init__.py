"""Silence rules: one module each, imported by name.

Each has ``find_segments(samples, rate, **parameters)``, which returns the non-silent parts of mono float32 samples as
[(start, end), ...], in samples, end exclusive, in order and disjoint; an empty list where there is only silence.
"""
