"""How often the most probable class is right, by its probability: one row per system, split and bin.

Where the task is multilabel, how often clips have a class, by its probability: ``clips`` are decisions, a clip and a
class each, ``confidence`` is the probability of the class, and ``accuracy`` the share in which the clip has it.
"""

import pandas as pd

from workflow_scripts.tables.declaration import Table


class Reliability(Table):
    file = "<dataset>/reliability.csv"
    key = ("system", "split", "low")

    system: str  # name of the system
    split: str  # as in the score table
    low: float  # [0..1] lower bound of the bin: low < confidence <= high
    high: float  # [0..1] its upper bound
    clips: int  # how many have such a confidence, the largest probability
    confidence: float | None  # [0..1] mean over these clips
    accuracy: float | None  # [0..1] mean over these clips


read_reliability = Reliability.read


def write_reliability(rows, path):
    """Write ``rows``, an iterable of dicts by column, with at most six decimals."""
    Reliability.write(pd.DataFrame(rows, columns=list(Reliability.columns)).round(6), path)
