"""Soundscapes: recordings of single sounds, mixed so that it is known when which of them is heard (as Scaper does)."""
