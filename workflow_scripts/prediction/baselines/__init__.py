"""Baselines: what is reached without a neural network, so that a system's score can be judged."""
