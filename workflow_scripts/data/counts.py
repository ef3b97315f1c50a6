"""The numbers of clips, found and expected."""


def compare(listing, expected):
    """Return rows (name, found, expected) of the listing's numbers; expected is None where nothing is.

    ``expected``: ``train``, ``verified``, ``test`` and ``classes`` (how many different labels), each optional, and
    ``usage``, a mapping of the usages to their numbers; or None.
    """
    training, vocabulary = listing[listing["split"] == "train"], listing[listing["split"] != "further"]
    found = {
        "train": len(training),
        "verified": int(training["manually_verified"].sum()),
        "test": int((listing["split"] == "test").sum()),
        "classes": len(set(vocabulary["label"].str.split(",").explode()) - {""}),
    }
    expected = dict(expected or {})
    usages = dict.fromkeys(expected.get("usage", {}), 0) | vocabulary["usage"].value_counts().sort_index().to_dict()
    usages.pop("", None)
    rows = [(name, count, expected.get(name)) for name, count in found.items()]
    return rows + [(f"usage {name}", count, expected.get("usage", {}).get(name)) for name, count in usages.items()]


def deviations(listing, expected):
    """Return one line for each number that is not as expected."""
    numbers = compare(listing, expected)
    return [f"{name}: {found}, {count} expected" for name, found, count in numbers if count not in (None, found)]
