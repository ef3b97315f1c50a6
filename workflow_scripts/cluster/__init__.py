"""What Snakemake's SLURM plugin leaves to be done: orphans of a killed run, and how often it asks for finished jobs."""
