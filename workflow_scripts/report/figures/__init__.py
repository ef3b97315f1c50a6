"""Figures: one module each, a function from tables or arrays to a matplotlib Figure; ``style`` is what they share."""
