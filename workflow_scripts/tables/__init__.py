"""The kinds of files that flow between the stages, each declared once; ``python -m`` of it prints them all."""
