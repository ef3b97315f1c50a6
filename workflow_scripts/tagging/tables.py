"""The tables of tags: of files, and of their windows.

Files (``<name>.csv``), one row each:

| column | what |
|---|---|
| path | the file, relative to the folder, or as it stands in the list |
| state | ``ok``, ``silent`` (digital silence only), ``empty`` (no samples), ``missing`` or ``unreadable`` |
| message | what is wrong, with the remedy; where the state is ok, what is unusual, or nothing |
| seconds | length; empty where the file is missing or unreadable |
| windows | number of windows it was cut into |

Windows (``<name>.windows.csv``), one row each, by file and time: path; window (0, 1, ...); start and end in seconds.

In both follow tag_1, probability_1, ... tag_3, probability_3, the most probable classes, and a column ``p:<class>`` of
probabilities 0..1 for every class. Those of a file are the mean over its windows. They are empty where the state is not
ok, and of a window of digital silence.
"""

import numpy as np
import pandas as pd

from workflow_scripts.scoring.map_at_3 import top_classes
from workflow_scripts.tables.tables import write_table

FILE_COLUMNS = ["path", "state", "message", "seconds", "windows"]
WINDOW_COLUMNS = ["path", "window", "start", "end"]
TAGS = 3
DECIMALS = 6


def write_tags(rows, columns, probabilities, classes, path):
    """Write ``rows`` (dicts with ``columns``) and their ``probabilities`` [rows, classes], NaN where there are none."""
    table = pd.DataFrame(rows, columns=columns).round(DECIMALS)
    write_table(pd.concat([table, _tags(np.reshape(probabilities, (-1, len(classes))), classes)], axis=1), path)


def _tags(probabilities, classes):
    tagged = ~np.isnan(probabilities).any(axis=1)
    best = top_classes(probabilities[tagged], TAGS)
    columns = {}
    for rank in range(TAGS):
        names, values = np.full(len(tagged), "", object), np.full(len(tagged), np.nan)
        if rank < len(classes):
            names[tagged] = np.array(classes, object)[best[:, rank]]
            values[tagged] = np.take_along_axis(probabilities[tagged], best, axis=1)[:, rank]
        columns |= {f"tag_{rank + 1}": names, f"probability_{rank + 1}": values}
    columns |= {f"p:{name}": column for name, column in zip(classes, probabilities.T, strict=True)}
    return pd.DataFrame(columns).round(DECIMALS)
