"""Each clip has one label: it is doubted as far as another class is more probable."""

from workflow_scripts.audit import confident_learning
from workflow_scripts.audit.suspicion import normalised, suspicion

MEANING = (
    "how much less probable the ensemble {ensemble} finds the label than another class, by models "
    "that have not learned\n"
    "from the clip."
)

comparable = normalised


def doubts(probabilities, truth):
    labels = truth.argmax(axis=1)
    margin, suggested = suspicion(probabilities, labels)
    return margin, labels, suggested, {}


def second_opinion(probabilities, truth):
    return confident_learning.second_opinion(probabilities, truth.argmax(axis=1))


def corrected(row):
    return row["suggested_label"], f"Take {row['suggested_label']}"
