"""How a data set's own tables speak of its clips; one module per format, named by ``format`` in the dataset file.

``clips(table, columns) -> table``: from the CSV as text (see :mod:`workflow_scripts.data.csv_table`) to one row per
clip with ``fname`` and ``labels`` (a tuple of texts), indexed by the line on which the clip first stands. ``columns``
is what the data set calls its columns. ``COLUMNS``: the keys of ``columns`` that the format needs. ``LABELLED``:
whether a clip without a label is a mistake.
"""
