"""How many of the labels that are listened to first are wrong."""

import numpy as np
import pandas as pd

from workflow_scripts.scoring.shares import share
from workflow_scripts.scoring.wrong_labels import VOCABULARIES

COLUMNS = ["method", "k", "wrong", "precision", "recall", "suggestions_right", *(f"recall_{v}" for v in VOCABULARIES)]


def precision_at_k(method, order, wrong, suggested, suggestion_right):
    """Return a table with a row for each k from 1 to the number of clips.

    ``order``: indices [clips], the clip to listen to first in front. ``wrong``: in which way -> bool [clips], which
    given labels are wrong so, see :func:`workflow_scripts.scoring.wrong_labels.wrong_labels`. ``suggested``,
    ``suggestion_right``: bool [clips], whether there is a suggestion, and whether that is the true label.

    | column | what |
    |---|---|
    | method | the name given |
    | k | so many clips are listened to |
    | wrong | how many of their labels are wrong |
    | precision | the share of these labels |
    | recall | the share of all wrong labels that are among them; empty where there are none |
    | suggestions_right | share of the suggestions for them that are the true label; empty where there are none |
    | recall_in_vocabulary | recall of the labels that are wrong though the true one is a class |
    | recall_out_of_vocabulary | recall of those whose true label is no class |
    """
    k, any_wrong = np.arange(1, len(order) + 1), sum(wrong.values()) > 0
    found, made = np.cumsum(any_wrong[order]), np.cumsum(suggested[order])
    right = np.cumsum((suggested & suggestion_right)[order])
    suggestions_right = [share(*pair) for pair in zip(right, made, strict=True)]
    recall, *of_ways = (_recall(labels[order]) for labels in (any_wrong, *(wrong[v] for v in VOCABULARIES)))
    return _table(method, k, found, found / k, recall, suggestions_right, *of_ways)


def precision_of_chance(wrong, suggestion_right):
    """Return the same table for clips in random order: what is expected of any k of them."""
    count, of_ways = len(suggestion_right), [wrong[v].sum() for v in VOCABULARIES]
    k = np.arange(1, count + 1)
    base = share(sum(of_ways), count)
    recall, *recalls = (k / count if number else np.nan for number in (sum(of_ways), *of_ways))
    return _table("random", k, k * base, base, recall, share(suggestion_right.sum(), count), *recalls)


def _recall(wrong):
    return [share(number, wrong.sum()) for number in np.cumsum(wrong)]


def _table(*columns):
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
