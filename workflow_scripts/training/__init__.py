"""Training and inference of one network: arrays in, arrays out; it knows neither Snakemake nor files."""
