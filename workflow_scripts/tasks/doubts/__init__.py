"""Which given labels the audit doubts: one module a task, imported by name.

- ``comparable(probabilities)``: of a prediction table, [clips, classes] -> float64, as the audit compares them;
- ``doubts(probabilities, truth)``: these, and the given labels as ``targets`` of the task makes them -> suspicion
  [clips], from -1 to 1, above 0 where the ensemble sides against the label; the class indices [clips] of the given
  label that is doubted and of the class that is suggested, -1 where there is none; further columns of the audit;
- ``log_odds(probabilities, truth, doubtful)``: these, and bool [clips] whether nobody has verified the labels -> how
  probable it is that one of them is wrong, [clips], see :mod:`workflow_scripts.audit.wrong_odds`;
- ``second_opinion(probabilities, truth)``: cleanlab's, see :mod:`workflow_scripts.audit.confident_learning`;
- ``corrected(row)``: a row of the audit -> the labels of the clip where the suggestion is right, joined by commas, and
  what the page's button says of it; ``MEANING``: what is doubted, for the page.
"""
