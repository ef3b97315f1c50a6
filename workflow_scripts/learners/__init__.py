"""Learners: what a system trains, one module each, named by the section of its recipe: ``network`` or ``classifier``.

``contrastive`` is a network in a stage of pre-training, without labels.

Each has ``prepare(device, threads, deterministic)``, which returns the device that it computes on, and the class
``Learner(sections, task, store, device)``: ``sections`` of the recipe, those in its ``SECTIONS``; ``task``, see
:mod:`workflow_scripts.tasks`; ``store``, the feature store that it learns from, or that of sounds to be predicted. Its
methods:

- ``learn(lesson, validating, everything, stage, seed, start, resume)`` returns (model, history): what it has learned of
  a :class:`workflow_scripts.common.lesson.Lesson`, and the table :class:`workflow_scripts.tables.history.History`.
  ``validating`` and ``everything``: rows of the clip table, those that choose, and all training clips. ``stage``: its
  settings (schemas/stage.schema.yaml). ``start``: the file of a model to go on from, or a
  dictionary of such files (see :mod:`workflow_scripts.training.joining`), or None. ``resume``: path,
  identity and seconds of the checkpoints by which an interrupted training goes on;
- ``predict(model, clips)`` returns the probabilities [clips, classes] of rows of the clip table, and
  ``predict_segments(model, index, count)`` those of ``count`` clips by the rows of the store's index that are theirs;
- ``predict_windows(model, clips)`` returns the probabilities [windows, classes] of all windows of these clips, and the
  clip of each, int [windows]; a clip without any has the same of all classes;
- ``judge(model, clips, draws, seed)`` returns the mean over so many draws of training windows.

``read_model(path)`` of the module reads what ``model.write(path)`` has written.
"""
