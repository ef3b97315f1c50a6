"""Stacking (Iqbal et al. 2018): a logistic regression reads the probabilities of all systems side by side."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression


@dataclass
class Stack:
    """One binary classifier per class (one-vs-rest)."""

    coefficients: np.ndarray  # [features, classes]
    intercepts: np.ndarray  # [classes]
    exclusive: bool = True  # a clip has one class

    def linear(self, features):
        """Return (coefficients [systems * classes, classes], what they are of [clips, systems * classes])."""
        return self.coefficients, features

    def predict(self, features):
        """Return [clips, classes]: each classifier's probability, of exclusive classes divided by their sum.

        Where every classifier is certain of its "no", exclusive classes are equally probable.
        """
        own = expit(features @ self.coefficients + self.intercepts)
        if not self.exclusive:
            return own
        total = own.sum(axis=1, keepdims=True)
        return np.divide(own, total, out=np.full_like(own, 1 / own.shape[1]), where=total > 0)


def fit_stack(features, labels, weights, classes, C):
    """Return the :class:`Stack` fitted to ``features`` [clips, systems * classes] of out-of-fold probabilities.

    ``labels``: int [clips]; ``weights``: float [clips], the cost of an error (the authors: verified 1, unverified
    0.65); ``classes``: their number; ``C``: inverse strength of the L2 penalty (the authors: 1.0). A class without
    clips always gets probability 0.

    The authors call scikit-learn 0.20's LogisticRegression(class_weight="balanced"), where liblinear solves one
    problem per class: the class's own clips weigh in inverse proportion to their number, all others 1. Today's
    scikit-learn leaves the split into binary problems to its callers; there "balanced" would also weigh the others.
    """
    count = np.bincount(labels, minlength=classes)
    balance = len(labels) / (np.count_nonzero(count) * np.maximum(count, 1))
    return Stack(*_fit(features, labels[:, None] == np.arange(classes), weights, balance, C))


def fit_stack_of_sets(features, truth, weights, classes, C):
    """Return the same where a clip may have any number of classes: a plain logistic regression for each of them.

    ``truth``: [clips, classes], above 0 where the clip has the class. Nothing is balanced, so that a probability means
    how often clips have the class.
    """
    return Stack(*_fit(features, np.asarray(truth) > 0, weights, np.ones(classes), C), exclusive=False)


def _fit(features, has, weights, balance, C):
    intercepts = logit(has.sum(axis=0) / len(has))  # infinite, and final, for a class that has no or all clips
    coefficients = np.zeros((features.shape[1], has.shape[1]))
    for label in np.flatnonzero(np.isfinite(intercepts)):
        classifier = LogisticRegression(C=C, tol=1e-4, solver="liblinear", class_weight={1: balance[label]})
        classifier.fit(features, has[:, label].astype(int), weights)
        coefficients[:, label] = classifier.coef_[0]
        intercepts[label] = classifier.intercept_[0]
    return coefficients, intercepts


def cross_fit(features, labels, weights, folds, classes, C, fit=fit_stack):
    """Return [clips, classes]: each clip's prediction by a stack fitted to the clips of the other ``folds`` (int).

    ``fit``: :func:`fit_stack` or :func:`fit_stack_of_sets`, whose ``labels`` these are.
    """
    predictions = np.empty((len(labels), classes))
    for fold in np.unique(folds):
        others = folds != fold
        stack = fit(features[others], labels[others], weights[others], classes, C)
        predictions[~others] = stack.predict(features[~others])
    return predictions
