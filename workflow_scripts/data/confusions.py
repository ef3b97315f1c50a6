"""Which class a wrong label names, given the true one: [true class, given class], rows that sum to one, or of zeros.

The diagonal is zero: these are the wrong labels only. A row of zeros is a class that nothing is taken for.
"""

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.csv_table import read_csv_table

TOLERANCE = 0.01  # of the sums of rows that a user gives: shares are often rounded


def uniform(classes):
    """Any other class, all equally often."""
    return _of_wrong(np.ones((len(classes), len(classes))))


def within_groups(classes, groups):
    """Another class of the same group, all equally often. ``groups``: name -> classes, each in one group at most."""
    matrix = np.zeros((len(classes), len(classes)))
    for names in groups.values():
        members = [classes.index(name) for name in names]
        matrix[np.ix_(members, members)] = 1
    return _of_wrong(matrix)


def read_confusions(path, classes):
    """As often as the CSV at ``path`` says: of ``classes`` each has a row, named in column ``class``, and a column.

    Raises UserError for a class that is missing, surplus or stands twice, for a share that is none, and for a row that
    does not sum to one.
    """
    table = read_csv_table(path)
    if "class" not in table:
        raise UserError(f"{path}: has the columns {', '.join(table.columns)}; it needs `class`, and one for each class")
    for what, names in (("row", list(table["class"])), ("column", list(table.columns.drop("class")))):
        for name in classes:
            if names.count(name) != 1:
                found = "no" if name not in names else "more than one"
                raise UserError(f"{path}: there is {found} {what} of the class {name!r}; there must be one of each")
        for name in names:
            if name not in classes:
                raise UserError(f"{path}: there is a {what} of {name!r}, which is no class of the data set; remove it")
    shares = table.set_index("class").loc[classes, classes]
    try:
        matrix = shares.to_numpy(float)
    except ValueError as error:
        raise UserError(f"{path}: not all shares are numbers ({error}); correct it") from None
    for name, row in zip(classes, matrix, strict=True):
        if not ((row >= 0) & (row <= 1)).all():
            raise UserError(f"{path}: the row of {name!r} has a share outside 0 to 1; correct it")
        if abs(row.sum() - 1) > TOLERANCE:
            raise UserError(f"{path}: the row of {name!r} sums to {row.sum():g}; shares of one class sum to 1")
    return _of_wrong(matrix)


def _of_wrong(matrix):
    np.fill_diagonal(matrix, 0)
    sums = matrix.sum(axis=1, keepdims=True)
    return np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums > 0)
