"""Classifiers of vectors, one module each, imported by name.

Each has

- ``candidates(vectors, targets, weights, exclusive, **parameters)``: yields (parameters, arrays, loss) of each
  classifier that there is to choose from: a dict that JSON can hold, a dict of numpy arrays that ``predict`` needs, and
  the mean loss [nat] of what it was fitted to;
- ``predict(arrays, vectors, exclusive)``: the probabilities [clips, classes] of vectors;
- ``parameters(values, classes)``: how many numbers are fitted. The mean and deviation of values do not count.

``arrays`` holds at least these two, ``mean`` and ``deviation``: [values], by which vectors are standardised.

``vectors``: float64 [clips, values]. ``targets``: [clips, classes] within 0..1. ``weights``: [clips], above 0.
``exclusive``: a clip has exactly one class, and the probabilities of one sum to one.
"""
