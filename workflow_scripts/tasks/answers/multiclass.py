"""As submitted to Kaggle in DCASE 2018 Task 2: fname and label, the three most probable classes, the best first."""

import pandas as pd

from workflow_scripts.scoring.map_at_3 import top_classes

WHAT = "the three best classes"


def answer(fnames, probabilities, classes):
    names = [name.replace(" ", "_") for name in classes]  # a space separates the three
    return pd.DataFrame(
        {"fname": fnames, "label": [" ".join(names[index] for index in best) for best in top_classes(probabilities)]}
    )
