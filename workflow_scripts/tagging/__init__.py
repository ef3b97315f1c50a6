"""Tagging anybody's sounds with the systems that a run has trained."""
