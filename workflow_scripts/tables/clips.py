"""The clip table, and which clips of it a system learns from."""

from typing import Literal

from workflow_scripts.tables.declaration import Table


class Clips(Table):
    """The clip table: one row per clip that everything works with."""

    file = "<dataset>/clips.csv"
    key = ("fname",)

    fname: str  # name of the clip
    split: Literal["train", "test"]  # the part of the data set
    label: str | None  # the given label (training) or the true one (test); several are joined by commas
    manually_verified: Literal[0, 1]  # 1 where a person checked the label; 1 for test clips
    usage: str | None  # the data set's own division, e.g. Public, Private or Ignored (not scored) test clips
    subsets: str | None  # names of the dataset file's `subsets` that a training clip is in, joined by ;
    group: str | None  # clips of one group are never split between folds; empty where there are no groups
    fold: str | None  # the data set's own fold of a training clip
    path: str  # the audio file, relative to the working directory or absolute
    seconds: float  # [s] length of the audio; 0 for an empty file
    md5: str  # of the audio file's bytes: the table changes whenever a recording does


write_clips = Clips.write


def read_clips(path, split=None):
    """Return the clip table indexed by fname, in file order; only ``split`` if that is given."""
    table = Clips.read(path)
    return table if split is None else table[table["split"] == split]


def is_labelled(clips):
    """Tell of each training clip whether it has labels; a clip without any event in it has some, too: none."""
    return (clips["label"] != "") | (clips["manually_verified"] == 1)


def selected(clips, which):
    """Return those of ``clips`` that a recipe calls ``which``: all, verified, unverified or unlabelled ones.

    Or ``{"subset": name}``: those of a subset that the dataset file names.
    """
    if which == "all":
        return clips
    if isinstance(which, dict):
        return clips[clips["subsets"].str.split(";").map(lambda names: which["subset"] in names)]
    if which == "unlabelled":
        return clips[~is_labelled(clips)]
    return clips[is_labelled(clips) & (clips["manually_verified"] == (1 if which == "verified" else 0))]


def in_words(which):
    """Return e.g. ``verified clip``, ``clip`` or ``clip of the subset small``, of what :func:`selected` selects."""
    if isinstance(which, dict):
        return f"clip of the subset {which['subset']}"
    return "clip" if which == "all" else f"{which} clip"


def taking_part(clips, pool):
    """Return the training clips that a system learns from: the labelled ones, and the unlabelled ones in its ``pool``.

    ``pool``: usages; None for a system that has no use for unlabelled clips.
    """
    return clips[is_labelled(clips) | clips["usage"].isin(pool or [])]


def validates(clips, fold_of, trained_folds, learn_labelled):
    """Tell of each training clip whether it judges a system that detects events: a labelled one not learned from.

    ``fold_of``: [clips] its fold; the system holds out the first ``trained_folds``. Where it does not
    ``learn_labelled`` clips at all, all of them judge it.
    """
    labelled = is_labelled(clips).to_numpy()
    return labelled & (fold_of < trained_folds) if learn_labelled else labelled
