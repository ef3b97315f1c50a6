"""Print the reference of all files that flow between the stages: ``python -m workflow_scripts.tables``."""

from workflow_scripts.tables.reference import reference

if __name__ == "__main__":
    print(reference(), end="")
