"""How probable it is that a given label is wrong, in the light of how the labels of the collection go wrong.

A margin asks whether another class is probable, a label's own probability asks only about that one. Bayes' rule says
which question is right: labels that go wrong by chance are found by the latter, those that name a class that is taken
for the true one by the ratio of these two. Which noise it is, the clips tell themselves.
"""

import numpy as np
from scipy.special import gammaln

LEAST_PROBABILITY = 1e-8
PSEUDO_COUNTS = np.geomspace(100, 0.01, 41)


def log_odds(probabilities, labels, doubtful):
    """Return [clips], the larger the more doubtful: log of the odds, in nat, that the given label is wrong.

    ``probabilities``: [clips, classes], rows that sum to one, of models that have not learned from the clip;
    ``labels``: given class index per clip; ``doubtful``: bool [clips], nobody has verified the label.

    Of a clip with the label i, the true class is j with a probability in proportion to p(j) P(label i | true class j),
    where the last is :func:`confusions` of the doubtful clips. The odds are the sum of that over all other classes,
    divided by p(i). P(label i | true class i) is left out on purpose: it would be estimated by how well models know
    the class, and clips of one that they know badly would lead the order.
    """
    found = confusions(probabilities.argmax(axis=1)[doubtful], labels[doubtful], probabilities.shape[1])
    np.fill_diagonal(found, 0)
    wrong, right = np.empty(len(labels)), probabilities[np.arange(len(labels)), labels]
    for label in np.unique(labels):
        clips = labels == label
        wrong[clips] = (probabilities[clips] * found[:, label]).sum(axis=1)  # of equal rows equal sums, unlike @
    return np.log(np.maximum(wrong, LEAST_PROBABILITY)) - np.log(np.maximum(right, LEAST_PROBABILITY))


def confusions(true, labels, classes):
    """Return [true class, label]: how probable each label is for a clip of each class, in rows that sum to one.

    ``true``, ``labels``: class indices [clips]. To each count a pseudo-count is added, the same everywhere, under which
    the counts of wrong labels are the most probable if each class has its own distribution of them, drawn from a
    symmetric Dirichlet distribution (empirical Bayes: Minka 2000, "Estimating a Dirichlet distribution"). So it is
    small where every class is taken for a few others, and large, which makes all labels alike, where it is for any.
    """
    counts = np.zeros((classes, classes))
    np.add.at(counts, (true, labels), 1)
    counts += _likeliest_pseudo_count(counts)
    return counts / counts.sum(axis=1, keepdims=True)


def _likeliest_pseudo_count(counts):
    """Return one of :data:`PSEUDO_COUNTS`; of equally good ones the largest."""
    wrong = counts - np.diag(counts.diagonal())
    totals, seen, others = wrong.sum(axis=1), wrong[wrong > 0], len(counts) - 1

    def likelihood(added):  # its logarithm, up to what does not depend on the pseudo-count
        of_classes = gammaln(others * added) - gammaln(totals + others * added)
        return of_classes.sum() + (gammaln(seen + added) - gammaln(added)).sum()

    return max(PSEUDO_COUNTS, key=likelihood)
