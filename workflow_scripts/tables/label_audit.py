"""How doubtful the given labels are: one row per training clip with predictions out of fold, in the clip table's order.

Probabilities are out of fold, by models that did not train on the clip; where the task is multiclass each row of them
is made to sum to one.
Ranks are by the exact values; what is written has six decimals. The columns of cleanlab are empty where it cannot
say: where all clips have the same labels, and, of the class that it suggests, where the task is multilabel.
"""

from typing import Literal

from workflow_scripts.tables.declaration import Table
from workflow_scripts.tables.tables import write_table

FILE = "<dataset>/label_audit.csv"


class OfMultilabel(Table):
    """What it says in addition where the task is multilabel: of all decisions on a clip, which is the most doubtful."""

    file = FILE

    doubt: Literal["presence", "absence"]  # of the doubted label, or of the suggested one, whichever is worse
    doubted_label: str | None  # the least probable of the given labels; empty where there is none


class LabelAudit(Table):
    file = FILE
    key = ("fname",)
    of_task = {"multiclass": Table, "multilabel": OfMultilabel}  # noqa: RUF012
    before = "combined_rank"

    fname: str  # name of the clip
    path: str  # the audio file
    seconds: float  # [s] its length
    given_label: str | None  # the data set's own label, several are joined by commas
    manually_verified: Literal[0, 1]  # 1 where a person checked it
    true_label: str | None  # of an unverified clip, where the data set knows it
    combined_rank: int  # 1 is the most suspicious, by `combined`; verified clips come after all others
    combined: float  # [0..1] mean over three opinions of the share of clips whose labels they doubt less: log_odds,
    # cleanlab_quality, and the mean over all systems of that share, by their log_odds
    suspicion_rank: int  # 1 is the one of the largest suspicion; verified clips come after all others
    suspicion: float  # [-1..1] p(suggested label) - p(given label); where the task is multilabel the larger of
    # 1 - 2 p(doubted label) and 2 p(suggested label) - 1
    suggested_label: str | None  # the ensemble's most probable class that is not given; empty where all are
    suggested_probability: float | None  # [0..1] of the suggested label
    predicted: str  # the ensemble's most probable class
    probability: float  # [0..1] of that class
    given_probability: float | None  # [0..1] of the given label, where there may be several the doubted one
    log_odds: float  # [nat] that the given label is wrong, but for a term of its class, by the ensemble and by how
    # labels go wrong here; where the task is multilabel, that the worst decision is wrong
    accepted_by: str | None  # which systems accepted the given label in which rounds, e.g. "dorfer-a: 1 2; dorfer-b: 2"
    relabelled_by: str | None  # which ensembles replaced it in which rounds, e.g. "iqbal-stack8: 1 -> Bark, 2 -> Bark"
    cleanlab_rank: int | None  # by cleanlab_quality, the lowest first; verified clips come after all others
    cleanlab_quality: float | None  # [0..1] cleanlab's label quality score
    cleanlab_issue: Literal[0, 1] | None  # 1 where cleanlab flags the given label
    cleanlab_suggested: str | None  # the class that it confidently belongs to instead; empty where there is none


class OfSystem(Table):
    """What the label audit tells of each system, before ``accepted_by``: columns named ``<system>_<column>``.

    They are empty where a system that holds out a part of the clips only has not predicted one.
    """

    file = FILE

    predicted: str | None  # the system's most probable class
    probability: float | None  # [0..1] of that class
    given_probability: float | None  # [0..1] of the given label, where there may be several the doubted one
    log_odds: float | None  # [nat] that the given label is wrong, as that of the ensemble


CLEANLAB = [name for name in LabelAudit.columns if name.startswith("cleanlab")]


def read_audit(path, systems=()):
    """Return the label audit indexed by fname, with the columns of ``systems`` checked, too."""
    return LabelAudit.read(path, _of(systems))


def write_audit(table, path, systems, task="multiclass"):
    """Write ``table``, which has the columns of all ``systems``, and those of its ``task``."""
    names = LabelAudit.names(task)
    first = names.index("accepted_by")
    table = table[[*names[:first], *_of(systems), *names[first:]]]
    write_table(table.round(dict.fromkeys(table.columns.drop("seconds"), 6)), path)


def _of(systems):
    columns = OfSystem.columns.items()
    return {f"{system}_{name}": declaration for system in systems for name, declaration in columns}
