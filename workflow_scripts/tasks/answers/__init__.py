"""The form of the answer: one module a task, imported by name.

- ``answer(fnames, probabilities, classes)``: of clips, their probabilities [clips, classes] and the names of the
  classes -> the table to write, one row per clip in their order;
- ``WHAT``: what it holds of each clip, in words.
"""
