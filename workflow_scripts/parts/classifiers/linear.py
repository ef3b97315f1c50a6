"""Multinomial logistic regression with an L2 penalty; of several classes a clip, one logistic regression each."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax

LEAST_DEVIATION = 1e-6
# Until probabilities are those of the minimum to 1e-4; SciPy would stop earlier.
OPTIONS = {"maxiter": 1000, "ftol": 1e-11, "gtol": 1e-7}


def candidates(vectors, targets, weights, exclusive, *, C):
    """Fit one regression for each number in ``C``, the inverse strengths of the penalty, as scikit-learn calls them.

    What becomes smallest is C times the weighted sum of the clips' losses, plus half the sum of the squares of the
    coefficients; intercepts go free. Vectors are standardised first, each value by its mean and deviation over the
    clips. A class without clips gets a probability near 0.
    """
    mean, deviation = vectors.mean(axis=0), np.maximum(vectors.std(axis=0), LEAST_DEVIATION)
    standard = (vectors - mean) / deviation
    # The best coefficients lie in the span of the clips: few clips in many dimensions have few coordinates.
    coordinates, basis = standard, None
    if len(standard) < standard.shape[1]:
        left, lengths, basis = np.linalg.svd(standard, full_matrices=False)
        coordinates = left * lengths
    problem = _Problem(coordinates, targets.astype(float), weights.astype(float), exclusive)
    solution = np.zeros(problem.size)
    for strength in sorted(C):  # from the strongest penalty on, each solution the start of the next
        solution = minimize(problem.value_and_gradient, solution, (strength,), "L-BFGS-B", True, options=OPTIONS).x
        coefficients, intercepts = problem.parts(solution)
        loss = problem.loss(solution) / weights.sum()
        arrays = {
            "mean": mean,
            "deviation": deviation,
            "coefficients": coefficients if basis is None else basis.T @ coefficients,
            "intercepts": intercepts,
        }
        yield {"C": strength}, arrays, loss


def predict(arrays, vectors, exclusive):
    scores = (vectors - arrays["mean"]) / arrays["deviation"] @ arrays["coefficients"] + arrays["intercepts"]
    return softmax(scores, axis=1) if exclusive else expit(scores)


def parameters(values, classes):
    return (values + 1) * classes


class _Problem:
    def __init__(self, vectors, targets, weights, exclusive):
        self.vectors, self.targets, self.weights, self.exclusive = vectors, targets, weights[:, None], exclusive
        self.shape = (vectors.shape[1] + 1, targets.shape[1])
        self.size = self.shape[0] * self.shape[1]

    def parts(self, solution):
        """Return coefficients [values, classes] and intercepts [classes]."""
        matrix = solution.reshape(self.shape)
        return matrix[:-1], matrix[-1]

    def loss(self, solution):
        """Return the weighted sum of the clips' losses."""
        return self._losses(self._scores(solution)).sum()

    def value_and_gradient(self, solution, strength):
        coefficients, _ = self.parts(solution)
        scores = self._scores(solution)
        errors = strength * self.weights * (self._probabilities(scores) - self.targets)
        gradient = np.vstack([self.vectors.T @ errors + coefficients, errors.sum(axis=0)])
        value = strength * self._losses(scores).sum() + 0.5 * (coefficients**2).sum()
        return value, gradient.ravel()

    def _scores(self, solution):
        coefficients, intercepts = self.parts(solution)
        return self.vectors @ coefficients + intercepts

    def _probabilities(self, scores):
        return softmax(scores, axis=1) if self.exclusive else expit(scores)

    def _losses(self, scores):
        """Return [clips, classes]; their sum over classes is the loss of a clip."""
        if self.exclusive:
            return -self.weights * self.targets * log_softmax(scores, axis=1)
        return self.weights * (np.logaddexp(0, scores) - self.targets * scores)
