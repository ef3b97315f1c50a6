"""What declares a kind of table: a class, from which follows how such tables are read, checked and written."""

from workflow_scripts.common.errors import DamagedError
from workflow_scripts.tables.tables import read_table, read_texts, write_rows, write_table


class Table:
    """A kind of table. A subclass declares one: where it lies, its key, and with one annotation each its columns::

        class Folds(Table):
            "Which clips are held out together: one row per training clip."

            file = "<dataset>/folds/<number>.csv"
            key = ("fname",)

            fname: str  # name of the clip
            fold: int  # the fold that holds it out, from 0

    An annotation says what a column holds (see :meth:`workflow_scripts.tables.tables.Column.declared`), the comment
    behind it what that means: first, in brackets, the unit or the range of a measure (``[1]`` where it has neither). It
    is a comment so that better words make no result stale: comments do not enter the fingerprints of rules.
    ``python -m workflow_scripts.tables`` prints all declarations as one reference.
    """

    file = None  # below results/, with the parts that vary in angle brackets
    key = ()  # columns; no two rows have the same values in all of them
    of_task = {}  # noqa: RUF012 - task -> a table of the columns that it has beside those of all tasks
    before = None  # the column that these stand before; None: they are the last ones

    columns = {}  # noqa: RUF012 - name -> annotation

    def __init_subclass__(cls):
        cls.columns = cls.__annotations__

    @classmethod
    def read(cls, path, more=None):
        """Return the table at ``path``, rows in file order; indexed by fname, too, where that is the key.

        ``more``: further columns, name -> annotation, that this one has. Raises UserError where there is no file;
        DamagedError where it is not as declared.
        """
        table = read_table(path, cls.columns | cls._of_some_task(path) | (more or {}))
        twice = table.duplicated(list(cls.key)) if cls.key else table.index < 0
        if twice.any():
            row = table.loc[twice.argmax(), list(cls.key)]
            names = ", ".join(f"{'clip' if name == 'fname' else name} {value}" for name, value in row.items())
            raise DamagedError(path, f"{names} stands in {(table[list(cls.key)] == row).all(axis=1).sum()} rows")
        return table.set_index("fname", drop=False) if cls.key == ("fname",) else table

    @classmethod
    def write(cls, rows, path, task=None):
        """Write ``rows``, a data frame that has at least the columns, or an iterable of dicts or of tuples.

        ``task``: whose columns the table has, where these depend on it.
        """
        import pandas as pd  # noqa: PLC0415

        names = cls.names(task)
        write_table(rows[names] if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=names), path)

    @classmethod
    def names(cls, task=None):
        """Return the names of the columns in their order, with those that the table has of ``task``."""
        names = list(cls.columns)
        place = len(names) if cls.before is None else names.index(cls.before)
        return names[:place] + list(cls.of_task[task].columns if task else ()) + names[place:]

    @classmethod
    def _of_some_task(cls, path):
        """Return the columns of tasks that the table at ``path`` has; where every task has some, at least one."""
        known = {name: column for kind in cls.of_task.values() for name, column in kind.columns.items()}
        header = read_texts(path, cls.columns) if known else ()
        found = {name: column for name, column in known.items() if name in header}
        if not found and all(kind.columns for kind in cls.of_task.values()) and known:
            raise DamagedError(path, f"has none of the columns {', '.join(known)}")
        return found

    @classmethod
    def write_rows(cls, rows, path):
        """Write ``rows``, an iterable of tuples, without pandas, whose import takes longer than many a small stage."""
        write_rows(rows, cls.columns, path)
