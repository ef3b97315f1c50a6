"""How pages, pictures and what is printed tell the measures of a task: one module a task, imported by name.

- ``NAMES``: metric -> what it is called, those of the score table that are shown; ``MAIN_NAME``: that of the ``MAIN``;
- ``VALIDATION``: the measure of histories and rounds that is shown, and what it is called;
- ``OVERVIEW``: what is printed: (metric, split) in the order of the columns; the first one with its interval;
- ``COLUMNS``: metric -> heading of the page's columns behind the main metric;
- ``CLASS_COLUMNS``: column of the table of class scores -> heading;
- ``EXPLAINED``: (what, text) of the page, the main metric first; ``CLASSES_EXPLAINED``, ``UNDEFINED``, ``LEFT_OUT``:
  text below its classes: what the columns are, why a cell is undefined, and what is said of a class that no clip has;
- ``COUNTED``: what of the clips is counted in figures of classes, before "test clips";
- ``RELIABILITY``: the words of the reliability diagrams, ``of`` as ``COUNTED``.
"""
