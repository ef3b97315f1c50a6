"""Label noise of one's own making: exactly so many wrong labels, where the true ones are known.

Whatever the rate, the same seed draws the same verified clips, and of the others one order in which their labels become
wrong, each in its own way. So what is wrong at a rate of 0.2 is wrong at 0.4, too: curves over rates are of noise that
grows, not of noise drawn anew.
"""

import numpy as np
import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.seeds import derive_seed


def draw_verified(labels, share, seed):
    """Return bool [clips]: a ``share`` of them (rounded), in which each label has about the share that it has of all.

    ``labels``: str [clips], the true ones.
    """
    drawn = np.zeros(len(labels), bool)
    drawn[_mixed_order(labels, seed, "verified")[: round(share * len(labels))]] = True
    return drawn


def wrong_within(labels, rate, seed, classes, confusions):
    """Return the labels [clips], of which a share ``rate`` (rounded) now is another one of ``classes``.

    ``labels``: str [clips], the true ones. ``confusions``: [true class, given class], see
    :mod:`workflow_scripts.data.confusions`; clips of a class that nothing is taken for stay right. Raises UserError
    where so many clips are of such classes that the rate is out of reach.
    """
    shares = confusions[[classes.index(label) for label in labels]]
    order = _mixed_order(labels, seed, "wrong")
    order = order[shares[order].any(axis=1)]
    wrong = order[: _number(labels, rate, len(order), "unverified clips of classes that are taken for others")]
    # drawn of every clip at any rate, so that it is wrong in the same way
    drawn = np.random.default_rng(derive_seed(seed, "label")).random(len(labels))
    ends = shares[wrong].cumsum(axis=1)
    named = (drawn[wrong, None] * ends[:, -1:] >= ends).sum(axis=1)
    given = np.array(labels, object)
    given[wrong] = [classes[number] for number in named]
    return given


def strangers_for(labels, rate, seed, strangers):
    """Return (replaced, replacing), int arrays of one length: which clips give their labels to which strangers.

    So a share ``rate`` (rounded) of the clips becomes of no class in the vocabulary, while the number of clips with
    each given label stays: the open-set noise of Wang et al., "Iterative learning with open-set noisy labels", 2018.
    ``labels``: str [clips], the true ones. ``strangers``: the same of the clips of further classes. Raises UserError
    where these are too few.
    """
    number = _number(labels, rate, len(strangers), "training clips of further classes")
    return _mixed_order(labels, seed, "wrong")[:number], _mixed_order(strangers, seed, "stranger")[:number]


def _number(labels, rate, there, what):
    number = round(rate * len(labels))
    if number > there:
        of_all = f"{number} of {len(labels)} labels"
        raise UserError(f"a rate of {rate:g} makes {of_all} wrong, and there are {there} {what}; lower it, or add some")
    return number


def _mixed_order(labels, *seed):
    """Return indices [clips] in a random order whose every beginning has each label about as often as its share.

    Of n clips of a label the m-th in random order stands where about m / n of all clips have come.
    """
    order = np.random.default_rng(derive_seed(*seed)).permutation(len(labels))
    shuffled = pd.Series(np.asarray(labels, str)[order])
    of_label = shuffled.groupby(shuffled)
    come = (of_label.cumcount() + 0.5) / of_label.transform("size")
    return order[np.argsort(come.to_numpy(), kind="stable")]
