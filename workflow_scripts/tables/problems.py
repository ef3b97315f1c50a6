"""What was wrong with a clip and how the pipeline carried on: one row per problem."""

from workflow_scripts.tables.declaration import Table


class Problems(Table):
    file = "<dataset>/data_problems.csv"

    fname: str  # name of the clip
    problem: str  # what was wrong
    consequence: str  # how the pipeline carried on


read_problems, write_problems = Problems.read, Problems.write_rows
