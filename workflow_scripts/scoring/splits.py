"""The splits that systems are scored on."""


def splits(table):
    """Return split -> the clips (fnames) of a clip table or listing, for each split that has any.

    ``oof_verified``: the verified training clips; ``public``, ``private`` and ``all``: the test clips but for padding
    (usage Ignored), which is not scored.
    """
    verified = (table["split"] == "train") & (table["manually_verified"] == 1)
    test = (table["split"] == "test") & (table["usage"] != "Ignored")
    members = {
        "oof_verified": verified,
        "public": test & (table["usage"] == "Public"),
        "private": test & (table["usage"] == "Private"),
        "all": test,
    }
    return {split: table.index[chosen] for split, chosen in members.items() if chosen.any()}


def event_splits(table, usages):
    """Return split -> the test clips (fnames) of a usage with reference events, for each of ``usages`` that has any.

    A split is called as its usage, or ``test`` where that is empty.
    """
    test = table[table["split"] == "test"]
    members = {usage or "test": test.index[test["usage"] == usage] for usage in usages}
    return {split: fnames for split, fnames in members.items() if len(fnames)}
