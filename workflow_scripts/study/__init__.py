"""What the Snakefile needs to plan: configuration, recipes, data sets and fingerprints. Imports nothing heavy."""
