"""The kinds of files that flow between the stages, each with its only reader and writer."""
