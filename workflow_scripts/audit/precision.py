"""How many of the labels that are listened to first are wrong."""

import numpy as np
import pandas as pd

from workflow_scripts.scoring.shares import share

COLUMNS = ["method", "k", "wrong", "precision", "recall", "suggestions_right"]


def precision_at_k(method, order, wrong, suggested, suggestion_right):
    """Return a table with a row for each k from 1 to the number of clips.

    ``order``: indices [clips], the clip to listen to first in front. ``wrong``, ``suggested``, ``suggestion_right``:
    bool [clips], whether the given label is wrong, whether there is a suggestion, and whether that is the true label.

    | column | what |
    |---|---|
    | method | the name given |
    | k | so many clips are listened to |
    | wrong | how many of their labels are wrong |
    | precision | the share of these labels |
    | recall | the share of all wrong labels that are among them; empty where there are none |
    | suggestions_right | share of the suggestions for them that are the true label; empty where there are none |
    """
    k = np.arange(1, len(order) + 1)
    found, made = np.cumsum(wrong[order]), np.cumsum(suggested[order])
    right = np.cumsum((suggested & suggestion_right)[order])
    recall = [share(number, wrong.sum()) for number in found]
    return _table(method, k, found, found / k, recall, [share(*pair) for pair in zip(right, made, strict=True)])


def precision_of_chance(wrong, suggestion_right):
    """Return the same table for clips in random order: what is expected of any k of them."""
    count = len(wrong)
    k = np.arange(1, count + 1)
    base = share(wrong.sum(), count)
    recall = k / count if wrong.any() else np.nan
    return _table("random", k, k * base, base, recall, share(suggestion_right.sum(), count))


def _table(*columns):
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
