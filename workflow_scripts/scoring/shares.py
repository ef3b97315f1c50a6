"""A share of what may be nothing."""


def share(part, whole):
    """Return part / whole, NaN where ``whole`` is 0."""
    return float(part / whole) if whole else float("nan")
