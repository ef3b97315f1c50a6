"""What a run is told by: its tables, page and figures, each made of files that are there (rules/report.smk)."""
