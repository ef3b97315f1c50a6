"""What Snakemake and its SLURM plugin leave to be done: orphans of a killed run, frequent questions, sound records."""
