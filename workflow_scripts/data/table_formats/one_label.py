"""One row per clip, with one label (FSDKaggle2018, FSDnoisy18k, most collections of one's own)."""

COLUMNS = ["fname", "label"]
LABELLED = True


def clips(table, columns):
    labels = [(label,) if label else () for label in table[columns["label"]]]
    return table[[columns["fname"]]].set_axis(["fname"], axis=1).assign(labels=labels)
