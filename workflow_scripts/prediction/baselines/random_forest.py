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


def random_forest_of_sets(training, truth, statistics, classes, trees, seed, threads):
    """Return the same where a clip may have any number of classes, all of which its trees tell at once.

    ``truth``: [training clips, classes], above 0 where a clip has the class.
    """
    has = (np.asarray(truth) > 0).astype(int)
    forest = RandomForestClassifier(trees, random_state=seed, n_jobs=threads).fit(training, has)
    forest.set_params(n_jobs=1)
    probabilities = np.zeros((len(statistics), classes))
    if len(statistics):
        of_classes = forest.predict_proba(statistics)
        for label, (of_class, known) in enumerate(zip(of_classes, forest.classes_, strict=True)):
            probabilities[:, label] = of_class[:, known == 1].sum(axis=1)
    return probabilities
