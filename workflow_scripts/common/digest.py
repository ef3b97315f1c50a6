"""A short text that stands for settings."""

import hashlib
import json


def digest(settings):
    """Return a short hash of ``settings``, anything JSON can hold; the order of keys does not matter."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
