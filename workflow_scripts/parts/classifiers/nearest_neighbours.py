"""The classes of the nearest clips, by the cosine between standardised vectors."""

import numpy as np

LEAST_DEVIATION = 1e-6
BLOCK = 1000  # clips compared with all others at a time


def candidates(vectors, targets, weights, exclusive, *, neighbours):
    """Yield a classifier for each number in ``neighbours``, of at most as many as there are clips.

    Each of the nearest clips votes for its classes, and its vote counts its weight. One more vote goes to what all
    clips are on average, so that no class that they have gets the probability 0. The loss is that of the same clips,
    each of which votes for itself, too.
    """
    mean, deviation = vectors.mean(axis=0), np.maximum(vectors.std(axis=0), LEAST_DEVIATION)
    arrays = {"mean": mean, "deviation": deviation, "targets": targets.astype(float), "weights": weights.astype(float)}
    arrays["directions"] = _directions(arrays, vectors)
    for number in sorted({min(count, len(vectors)) for count in neighbours}):
        chosen = {"neighbours": number}
        fitted = arrays | {"neighbours": np.array(number)}
        yield chosen, fitted, _loss(predict(fitted, vectors, exclusive), targets, weights)


def predict(arrays, vectors, exclusive):
    return np.concatenate([_votes(arrays, vectors[i : i + BLOCK]) for i in range(0, len(vectors), BLOCK)])


def parameters(values, classes):
    """Return 0: the clips are kept as they are."""
    return 0


def _directions(arrays, vectors):
    standard = (vectors - arrays["mean"]) / arrays["deviation"]
    return standard / np.maximum(np.linalg.norm(standard, axis=1, keepdims=True), np.finfo(float).tiny)


def _votes(arrays, vectors):
    """Return [clips, classes]; of equally near clips the first ones vote."""
    similar = _directions(arrays, vectors) @ arrays["directions"].T
    nearest = np.argsort(-similar, axis=1, kind="stable")[:, : int(arrays["neighbours"])]
    weights, targets = arrays["weights"], arrays["targets"]
    votes = np.einsum("nk,nkc->nc", weights[nearest], targets[nearest])
    return (votes + weights @ targets / weights.sum()) / (weights[nearest].sum(axis=1, keepdims=True) + 1)


def _loss(probabilities, targets, weights):
    of_clips = -(targets * np.log(np.maximum(probabilities, np.finfo(float).tiny))).sum(axis=1)
    return float(weights @ of_clips / weights.sum())
