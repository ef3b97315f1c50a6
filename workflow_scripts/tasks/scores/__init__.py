"""What the score table and those beside it say of predictions: one module a task, imported by name.

In all of them ``probabilities`` and ``truth`` are [clips, classes], of at least one clip; truth is as ``targets`` of
the task makes it.

- ``estimates(probabilities, truth)``: metric -> estimate (:mod:`workflow_scripts.scoring.estimates`), the task's
  ``MAIN`` among them: those that the bootstrap over clips gives intervals, and by which systems are compared;
- ``class_scores(probabilities, truth)``: column -> array [classes], see :mod:`workflow_scripts.tables.class_scores`;
- ``confusion(probabilities, truth)``: counts [classes, classes], see :mod:`workflow_scripts.tables.confusion`;
- ``reliability(probabilities, truth)``: table, see :mod:`workflow_scripts.scoring.calibration`;
- ``others(probabilities, truth, of_classes, bins)``: metric -> number, NaN where undefined: those without an interval.
  ``of_classes``, ``bins``: what ``class_scores`` and ``reliability`` say.
"""
