"""What a stage teaches its network: one module a kind of labels, imported by name. Each has one function:

- ``apply(lesson, files, **parameters)``: a :class:`workflow_scripts.common.lesson.Lesson` of the given labels, and the
  files that the rules in ``rules/labels.smk`` have made for this stage -> the lesson with labels of this kind. What of
  the recipe's parameters decides how the files are made is explained there, too.

``OF_UNLABELLED = True`` says that clips without labels can be learned from.
"""
