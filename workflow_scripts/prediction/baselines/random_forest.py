"""A random forest on the statistics of each clip."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier


def random_forest(training, labels, statistics, classes, trees, seed, threads):
    """Return [clips, classes]: predictions for ``statistics`` by a forest fitted to ``training`` and its ``labels``.

    ``training``, ``statistics``: [clips, features]; ``labels``: int. A class without training clips gets
    probability 0. The result does not depend on the number of ``threads``.
    """
    forest = RandomForestClassifier(trees, random_state=seed, n_jobs=threads).fit(training, labels)
    forest.set_params(n_jobs=1)  # several threads would add up the trees' votes in changing order
    probabilities = np.zeros((len(statistics), classes))
    if len(statistics):  # scikit-learn refuses to predict nothing
        probabilities[:, forest.classes_] = forest.predict_proba(statistics)
    return probabilities
