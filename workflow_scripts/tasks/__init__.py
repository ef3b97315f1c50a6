"""Whether each clip has one label or several (a property of the data set), and what follows from it for learning.

One module each, imported by name:

- ``targets(labels, classes)``: given labels (texts, several joined by commas) -> float32 [clips, classes];
- ``strata(targets)``: [clips], what sampling takes for a clip's class;
- ``probabilities(outputs)``: a network's outputs, of clips or of frames -> probabilities of the same shape;
- ``losses(outputs, targets)``: of a batch's examples, [batch];
- ``measures(probabilities, targets)``: what epochs and rounds are chosen by, by name, ``MEASURES`` in their order;
- ``BEST``: how a recipe calls one of the measures -> its name, and whether the lowest is the best.
"""
