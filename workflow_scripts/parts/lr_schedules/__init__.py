"""Learning-rate schedules: one module each, imported by name.

Each has ``rate(epoch, epochs, learning_rate, **parameters)``: the rate of ``epoch`` (from 1) of ``epochs``.
"""
