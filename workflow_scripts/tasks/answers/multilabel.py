"""As submitted to Kaggle in DCASE 2019 Task 2: fname, and the probability of each class with six decimals."""

import pandas as pd

WHAT = "the probability of each class"


def answer(fnames, probabilities, classes):
    table = pd.DataFrame(probabilities.astype(float).round(6), columns=list(classes))
    table.insert(0, "fname", fnames, allow_duplicates=True)
    return table
