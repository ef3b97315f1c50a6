"""Each clip has one label: it is doubted as far as another class is more probable."""

from workflow_scripts.audit import confident_learning, wrong_odds
from workflow_scripts.audit.suspicion import normalised, suspicion

MEANING = "another class is the true one"

comparable = normalised


def doubts(probabilities, truth):
    labels = truth.argmax(axis=1)
    margin, suggested = suspicion(probabilities, labels)
    return margin, labels, suggested, {}


def log_odds(probabilities, truth, doubtful):
    return wrong_odds.log_odds(probabilities, truth.argmax(axis=1), doubtful)


def second_opinion(probabilities, truth):
    return confident_learning.second_opinion(probabilities, truth.argmax(axis=1))


def corrected(row):
    return row["suggested_label"], f"Take {row['suggested_label']}"
