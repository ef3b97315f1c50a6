"""What a clip is asked for, which data sets and recipes declare as ``task``, and what follows from it.

One module a task, imported by name: what trainings and predictions need.

- ``DEFAULT_LOSS``: of a recipe that names none;
- ``EXCLUSIVE``: whether a clip has exactly one class, so that its probabilities sum to one;
- ``MAIN``: the measure that systems are compared by, see :mod:`workflow_scripts.tasks.scores`;
- ``names(label)``: the classes in a cell of the clip table, as a tuple;
- ``targets(labels, classes)``: such cells -> float32 [clips, classes];
- ``strata(targets)``: [clips], what sampling takes for a clip's class;
- ``probabilities(outputs)``: a network's outputs, of clips or of frames -> probabilities of the same shape;
- ``measures(probabilities, targets)``: what epochs and stages are chosen by, by name, ``MEASURES`` in their order;
- ``BEST``: how a recipe calls one of the measures -> its name, and whether the lowest is the best.

What only some stages ask of a task is in packages of modules with the same names, so that an edit there trains nothing
anew: the metrics of the score table in ``scores/``, how these are told in ``words/``, the form of the answer in
``answers/``, and which labels the audit doubts in ``doubts/``. Their ``__init__`` says what is in each.
"""
