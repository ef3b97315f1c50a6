"""The clip table: the listing with what decoding the audio has shown (see tables/clips.py)."""

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.class_names import correction
from workflow_scripts.data.near_names import near_names
from workflow_scripts.data.remarks import remarks, unusual
from workflow_scripts.tables.tables import rows_of

EMPTY = ("empty audio file", "left out of training; predicted as uniform probabilities")
CONSEQUENCE = "left out: no training, no prediction, no score"


def unknown_labels(listing, classes):
    """Return label -> the rows of the listing that have it, of those that are not in ``classes`` (None: any is)."""
    labels = listing.loc[listing["split"] != "further", "label"].str.split(",").explode()
    unknown = labels[(labels != "") & ~labels.isin(classes)] if classes is not None else labels[:0]
    return {label: listing.loc[found.index, "row"].tolist() for label, found in unknown.groupby(unknown, sort=False)}


def check_labels(listing, classes):
    """Raise UserError for the first label that is not in ``classes``, naming its first row and how many have it."""
    for label, rows in unknown_labels(listing, classes).items():
        more = f" ({len(rows)} such rows in all)" if len(rows) > 1 else ""
        raise UserError(f"{rows[0]}: label {label!r} is not a class; {correction(label, classes)}{more}")


def clip_table(listing, facts, unusable_audio):
    """Return (clips, problems): the clip table, and rows (fname, problem, consequence).

    ``listing``, ``facts``: indexed by fname. ``unusable_audio``: what a clip without a file, or with one that cannot be
    decoded, leads to: ``refuse`` a UserError that names the first, ``leave_out`` a problem. Raises UserError where no
    clip is left.
    """
    facts = rows_of(facts, listing.index, "the table of audio facts")
    unusable = facts["state"].isin(["missing", "unreadable"])
    if unusable.any() and unusable_audio == "refuse":
        first = unusable.idxmax()
        more = f" ({unusable.sum()} such clips in all)" if unusable.sum() > 1 else ""
        why = _other_name(listing, facts, first) or facts["message"][first]
        raise UserError(f"{listing['row'][first]}: {why}{more}")
    if unusable.all():
        first = listing.iloc[0]
        hint = _other_name(listing, facts, first.name) or f"e.g. {first['path']!r}"
        raise UserError(f"{first['row']}: none of the {len(listing)} clips has usable audio, {hint}")
    usable = listing[~unusable]
    problems = [(fname, f"{state} audio file", CONSEQUENCE) for fname, state in facts["state"][unusable].items()]
    problems += [(fname, *EMPTY) for fname in facts.index[facts["state"] == "empty"]]
    for clip in unusual(facts).itertuples():
        problems += [(clip.Index, remark.what, remark.how) for remark in remarks(clip)]
    return usable.join(facts.loc[usable.index, ["seconds", "md5"]]), problems


def _other_name(listing, facts, fname):
    """Return what file is there instead of that of a clip, and of how many clips so; None where there is none."""
    near = near_names(listing, facts["state"] == "missing") if facts["state"][fname] == "missing" else []
    for fnames, note in near:
        if fname in fnames:
            return f"there is no {listing['path'][fname]!r}, but {note} (so of {len(fnames):,} clips)"
    return None
