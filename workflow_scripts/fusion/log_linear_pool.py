"""The logarithmic opinion pool: a geometric mean of systems in which each has an exponent of its own (Heskes 1998).

T. Heskes, "Selecting weighting factors in logarithmic opinion pools", NIPS 10, 1998. A logistic regression that reads
all probabilities of all systems has a coefficient for each of them and each class, thousands where a few hundred clips
tell anything. This has one number a system: how much its word counts, and together how sure they all may be.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax, softmax

from workflow_scripts.fusion.means import FLOOR


@dataclass
class LogLinearPool:
    exponents: np.ndarray  # [systems], 0 or more
    exclusive: bool = True  # a clip has one class

    def predict(self, features):
        """Return [clips, classes]: of exclusive classes proportional to the product of the systems' powers.

        ``features``: [clips, systems * classes], their probabilities side by side. Of classes that do not exclude each
        other the log-odds of each are added up, times the exponents.
        """
        scores = np.tensordot(self.exponents, self.evidence(features), axes=1)
        return softmax(scores, axis=1) if self.exclusive else expit(scores)

    def evidence(self, features):
        """Return [systems, clips, classes]: logarithms of probabilities, or log-odds."""
        return _evidence(features, len(self.exponents), self.exclusive)

    def linear(self, features):
        """Return (coefficients, features) as :meth:`workflow_scripts.fusion.stack.Stack.linear` does."""
        evidence = np.hstack(self.evidence(features))
        return np.kron(self.exponents[:, None], np.eye(evidence.shape[1] // len(self.exponents))), evidence


def fit_pool(features, truth, weights, classes, C, exclusive=True):
    """Return the :class:`LogLinearPool` fitted to ``features`` [clips, systems * classes] of out-of-fold probabilities.

    ``truth``: [clips, classes], 1 where the clip has the class; ``weights``: [clips], clips of weight 0 have no say;
    ``classes``: their number. Smallest becomes the weighted sum of the clips' cross-entropies, plus the sum of the
    squared differences of the exponents and those of the plain geometric mean, 1 / systems each, over 2 C. So without
    clips it is that mean.
    """
    heard, systems = weights > 0, features.shape[1] // classes
    plain = np.full(systems, 1 / systems)
    evidence, truth, weights = _evidence(features[heard], systems, exclusive), truth[heard], weights[heard, None]

    def value_and_gradient(exponents):
        scores = np.tensordot(exponents, evidence, axes=1)
        if exclusive:
            losses, found = -truth * log_softmax(scores, axis=1), softmax(scores, axis=1)
        else:
            losses, found = -truth * log_expit(scores) - (1 - truth) * log_expit(-scores), expit(scores)
        away = exponents - plain
        gradient = (evidence * (weights * (found - truth))).sum(axis=(1, 2)) + away / C
        return (weights * losses).sum() + (away**2).sum() / (2 * C), gradient

    fitted = minimize(value_and_gradient, plain, jac=True, method="L-BFGS-B", bounds=[(0, None)] * systems)
    return LogLinearPool(fitted.x, exclusive)


def _evidence(features, systems, exclusive):
    of_systems = np.stack(np.split(np.asarray(features, float), systems, axis=1))
    logarithms = np.log(of_systems + FLOOR)
    return logarithms if exclusive else logarithms - np.log(1 - of_systems + FLOOR)
