"""What trained networks, and the baselines, say of clips."""
