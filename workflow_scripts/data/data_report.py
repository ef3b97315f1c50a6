"""The data report: what there is in a collection, and everything in it that needs a look.

One row per figure or finding:

| column | what |
|---|---|
| check | what was looked at |
| split | ``train``, ``test``, or ``train,test``; empty: the collection as a whole |
| subject | what the row is about: a clip, a class, a usage, a sample rate in Hz ...; or empty |
| verified | of ``clips per class``: 1 for those whose label a person checked, else 0; otherwise empty |
| value | the number; or empty |
| note | a finding in words, with a hint where there is one |
| severity | ``figure``; ``error``: it stops a run; ``warning``: it makes scores doubtful; ``remark``: worth knowing |
"""

import pandas as pd
import yaml

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.class_names import correction, groups_alike, quoted
from workflow_scripts.data.clip_table import unknown_labels
from workflow_scripts.data.counts import deviations
from workflow_scripts.data.event_table import told
from workflow_scripts.data.group_folds import check_fixed_folds
from workflow_scripts.data.held_out import held_out_fold
from workflow_scripts.data.remarks import remarks, unusual
from workflow_scripts.tables.tables import rows_of

COLUMNS = ["check", "split", "subject", "verified", "value", "note", "severity"]
SPLITS = ["train", "test", "further"]
STATISTICS = {"total": "sum", "shortest": "min", "median": "median", "mean": "mean", "longest": "max"}
UNUSABLE = ["missing", "unreadable"]
MISNAMED = "audio under another name"
SHORT, LONG = 0.3, 30.0  # seconds: the range of FSDKaggle2018's clips
SILENT = 1e-3  # peak; -60 dBFS
LOUD = 2  # peak; float samples are somewhat beyond 1 in many a file
CLIPPED = 1e-3  # share of the samples
FEW_CLIPS, FEW_UNVERIFIED = 10, 5


def report(
    listing,
    facts,
    classes,
    counts,
    folds,
    unlisted,
    notes,
    unusable_audio,
    *,
    held_out=None,
    seed=0,
    unlabelled=None,
    events=(),
    near=(),
):
    """Return the report as a table.

    ``listing``, ``facts``: of the same clips, indexed by fname (see workflow_scripts/tables). ``classes``: the
    labels there are; None where any counts. ``counts``: how many clips there must be, as
    :func:`workflow_scripts.data.counts.deviations` takes it. ``folds``: the numbers of folds that will be asked for.
    ``held_out``, ``seed``: name -> how a split holds out one part of the clips, as
    :func:`workflow_scripts.data.held_out.held_out_fold` takes both. ``unlisted``: paths of audio files that belong to
    no listed clip. ``notes``: lines of text to pass on. ``unusable_audio``: whether clips whose audio is missing or
    unreadable stop a run (``refuse``) or not (``leave_out``). ``unlabelled``: why no run can use a table without
    labels, or None. ``events``: of each table of events (file, split, whether it is the user's own, what
    :func:`workflow_scripts.data.event_table.checked` found in it). ``near``: what
    :func:`workflow_scripts.data.near_names.near_names` found for missing clips.

    Raises UserError where the facts are of other clips.
    """
    clips = listing.join(rows_of(facts, listing.index, "the table of audio facts").drop(columns="fname"))
    clips["split"] = pd.Categorical(clips["split"], SPLITS)  # so that training always comes first
    labels = clips.assign(label=clips["label"].str.split(",")).explode("label")  # a clip has a row for each of its own
    rows = [
        *_numbers_of_clips(clips, labels),
        *_durations(clips),
        *_formats(clips),
        *_deviations(listing, counts),
        *_unknown_labels(listing, classes),
        *([_finding("table without labels", note=unlabelled, severity="error")] if unlabelled else []),
        *_unusable_clips(clips, unusable_audio, near),
        *_events(events),
        *_folds(clips, folds),
        *_held_out(clips, held_out or {}, seed),
        *_groups(clips),
        *_duplicates(clips),
        *_classes(labels[~labels["state"].isin(UNUSABLE)], classes),
        *_odd_clips(clips),
        *_unlisted_files(unlisted),
        *[_finding("note", note=note) for note in notes],
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def _numbers_of_clips(clips, labels):
    training, usable = clips[clips["split"] == "train"], clips[~clips["state"].isin(UNUSABLE)]
    yield from _figures("clips", clips)
    yield from _figures("usable clips", usable)
    yield _figure("verified clips", "train", value=int(training["manually_verified"].sum()))
    yield from _figures("clips per usage", clips[clips["usage"] != ""], "usage")
    yield from _figures("usable clips per usage", usable[usable["usage"] != ""], "usage")
    yield from _figures("clips per fold", clips[clips["fold"] != ""], "fold")
    yield from _figures("clips per class", labels, "label", "manually_verified")
    usable_labels = labels[~labels["state"].isin(UNUSABLE)]
    yield from _figures("usable clips per class", usable_labels, "label", "manually_verified")


def _durations(clips):
    for split, seconds in clips[clips["state"] == "ok"].groupby("split", observed=True)["seconds"]:
        for subject, statistic in STATISTICS.items():
            yield _figure("seconds", split, subject, value=round(float(seconds.agg(statistic)), 3))
        yield _figure("clips by length", split, f"under {SHORT} s", value=int((seconds < SHORT).sum()))
        yield _figure("clips by length", split, f"over {LONG:.0f} s", value=int((seconds > LONG).sum()))


def _formats(clips):
    usable = clips[clips["state"] == "ok"]
    yield from _figures("clips per sample rate", usable, "rate")
    yield from _figures("clips per number of channels", usable, "channels")


def _deviations(listing, counts):
    for deviation in deviations(listing, counts):
        yield _finding("number of clips", note=deviation, severity="error")


def _unknown_labels(listing, classes):
    for label, rows in unknown_labels(listing, classes).items():
        note = f"{rows[0]}: not a class; {correction(label, classes)}"
        yield _finding("label that is no class", "", label, len(rows), note, "error")


def _unusable_clips(clips, unusable_audio, near):
    """One finding for all clips whose files have other names in the same way, and one for each other clip."""
    unusable = clips[clips["state"].isin(UNUSABLE)]
    stops = unusable_audio == "refuse" or len(unusable) == len(clips)
    for fnames, note in near:
        first = clips.loc[fnames[0]]
        of_all = f"{first['row']}: there is no {first['path']!r}, but {note} (so of {len(fnames):,} clips)"
        yield _finding(MISNAMED, first["split"], fnames[0], len(fnames), of_all, "error" if stops else "warning")
    unusable = unusable.drop(index=[fname for fnames, _ in near for fname in fnames])
    for clip in unusable.sort_values("state", kind="stable").itertuples():
        note = f"{clip.row}: {clip.message}"
        yield _finding(clip.state, clip.split, clip.Index, note=note, severity="error" if stops else "warning")


def _events(tables):
    for file, split, own, found in tables:
        yield _figure("events", split, str(file), value=len(found.events))
        for label, number in found.events["event_label"].value_counts().sort_index().items():
            yield _figure("events per class", split, label, value=number)
        for line, what in found.wrong.items():
            yield _finding("event that cannot be", split, note=f"{file}, line {line}: {what}", severity="error")
        for check, number, note in told(found, own):
            yield _finding(check, split, str(file), number, f"{number:,} rows: {note}", "warning")


def _folds(clips, numbers):
    """What keeps the training clips from being dealt to that many folds, each with verified clips to choose by."""
    training = clips[(clips["split"] == "train") & ~clips["state"].isin(UNUSABLE)]
    verified = int(training["manually_verified"].sum())
    what, kept_together = "clips", training["group"].where(training["group"] != "", training.index.to_series())
    if (training["fold"] != "").any():
        what, kept_together = "folds of its own", training["fold"]
        try:
            check_fixed_folds(training.index, training["fold"], training["group"])
        except UserError as error:
            yield _finding("folds of its own", "train", note=str(error), severity="error")
    elif (training["group"] != "").any():
        what = "groups"
    for number in numbers:
        if kept_together.nunique() < number:
            note = f"{kept_together.nunique()} {what} do not make the {number} folds that config.yaml asks for"
            yield _finding("too few for the folds", "train", str(number), kept_together.nunique(), note, "error")
        if verified < number:
            note = f"{verified} verified clips for {number} folds: each needs some to validate on"
            yield _finding("too few verified clips", "train", str(number), verified, note, "error")


def _held_out(clips, splits, seed):
    """What is held out as one part, or what keeps it from being so."""
    training = clips[(clips["split"] == "train") & ~clips["state"].isin(UNUSABLE)].sort_index()
    for name, how in splits.items():
        try:
            held = training[held_out_fold(training, how, seed) == 0]
        except UserError as error:
            yield _finding("part that cannot be held out", "train", name, note=str(error), severity="error")
            continue
        verified = int(held["manually_verified"].sum())
        yield _figure("clips held out", "train", name, value=len(held))
        yield _figure("verified clips held out", "train", name, value=verified)
        if not verified:
            note = f"none of the {len(held)} clips held out is verified; let recipes validate on others (`validate_on`)"
            yield _finding("held out without verified clips", "train", name, 0, note, "warning")


def _groups(clips):
    grouped = clips[(clips["group"] != "") & (clips["split"] != "further")]
    if grouped.empty:
        return
    sizes, splits = grouped.groupby("group").size(), grouped.groupby("group")["split"].nunique()
    yield _figure("groups", value=len(sizes))
    yield _figure("largest group", subject=sizes.idxmax(), value=int(sizes.max()))
    for group in splits.index[splits > 1]:
        note = "has training and test clips, so the test is easier than one on strangers"
        yield _finding("group in train and test", "train,test", group, int(sizes[group]), note, "warning")


def _duplicates(clips):
    """One finding for all clips with the same samples."""
    groups = {}
    for clip in clips[(clips["content"] != "") & clips["content"].duplicated(keep=False)].itertuples():
        groups.setdefault(clip.content, []).append(clip)
    for copies in groups.values():
        splits = [split for split in SPLITS if split in {clip.split for clip in copies}]
        labels = sorted({",".join(sorted(clip.label.split(","))) for clip in copies} - {""})
        if len(splits) > 1 and "test" in splits:
            check, hint = "same audio in train and test", "remove the training clip, or the test is no test"
        elif len(labels) > 1:
            check, hint = "same audio with different labels", "give the clips the right label, or remove them"
        else:
            apart = len({clip.group or clip.Index for clip in copies}) > 1
            hint = "keep one" + (", or give them the same `group`, so that no fold separates them" if apart else "")
            check = "same audio"
        facts = [f"labelled {' and '.join(labels)}"] if len(labels) > 1 else []
        for column in ("group", "fold"):
            names = {getattr(clip, column) for clip in copies} - {""}
            facts += [f"in {len(names)} {column}s"] if len(names) > 1 else []
        severity = "remark" if check == "same audio" else "warning"
        names = ", ".join(clip.Index for clip in copies)
        yield _finding(check, ",".join(splits), names, len(copies), "; ".join([*facts, hint]), severity)


def _classes(labels, classes):
    """What there are too few clips of; where ``classes`` is None, also which classes there are."""
    training = labels[labels["split"] == "train"]
    verified = training["manually_verified"] == 1
    flagged = not verified[training["label"] != ""].all()
    names = sorted(set(labels["label"]) - {""}) if classes is None else classes
    kinds = {"any": labels, "train": training, "verified": training[verified], "unverified": training[~verified]}
    numbers = pd.DataFrame(
        {kind: part["label"].value_counts().reindex(names, fill_value=0) for kind, part in kinds.items()}
    )
    for number in numbers.itertuples():
        name, train = number.Index, number.train
        if number.any == 0:
            yield _finding("class without clips", "", name, 0, "no clip has this label", "warning")
        elif train == 0:
            note = "has test clips, but none to learn from"
            yield _finding("class without training clips", "train", name, 0, note, "warning")
        elif train < FEW_CLIPS:
            yield _finding("class with few training clips", "train", name, train, f"{train} clips to learn from")
        if flagged and train and number.verified == 0:
            note = "none of its training labels is checked; listen to some and set their manually_verified to 1"
            yield _finding("class without verified clips", "train", name, 0, note)
        if flagged and train and number.unverified < FEW_UNVERIFIED:
            note = f"{number.unverified} labels are left to self-verification"
            yield _finding("class with few unverified clips", "train", name, number.unverified, note)
    if classes is None:
        yield from _names_found(names, labels)


def _names_found(names, labels):
    """The line to be copied to the dataset file, or what is to be mended before."""
    alike = groups_alike(names)
    for group in alike:
        numbers = ", ".join(f"{name!r}: {(labels['label'] == name).sum():,} clips" for name in group)
        note = f"differ in case, spaces or underscores only ({numbers}); write one of them in all tables"
        yield _finding("labels that are alike", "", quoted(group), len(group), note, "error")
    if len(names) == 1:
        note = f"{names[0]!r} is the only label, and systems tell classes apart; add clips of another one"
        yield _finding("classes found", value=1, note=note)
    elif names and not alike:
        line = yaml.safe_dump({"classes": names}, default_flow_style=None, width=float("inf"), allow_unicode=True)
        yield _finding("classes found", value=len(names), note=line.strip())


def _odd_clips(clips):
    usable = clips[clips["state"] == "ok"]
    for clip in clips[clips["state"] == "empty"].itertuples():
        note = "no samples in it: left out of training, predicted as uniform probabilities"
        yield _finding("empty", clip.split, clip.Index, note=note)
    for clip in usable[(usable["peak"] < SILENT) & (usable["channels"] > 0)].itertuples():  # embeddings have none
        note = f"its peak is {clip.peak:.2g} of full scale, which is below -60 dBFS"
        yield _finding("silent", clip.split, clip.Index, round(clip.peak, 6), note)
    for clip in unusual(clips).itertuples():
        for remark in remarks(clip):
            note = f"{remark.what}; {remark.how}"
            severity = "warning" if remark.check == "sound behind the end" else "remark"
            yield _finding(remark.check, clip.split, clip.Index, remark.value, note, severity)
    share = usable["clipped"] / (usable["seconds"] * usable["rate"] * usable["channels"]).round()
    for clip in usable.assign(share=share)[share > CLIPPED].itertuples():
        note = f"{clip.share:.1%} of its samples are at full scale"
        note += f" or beyond it, its peak is {clip.peak:.3g} times full scale" if clip.peak > LOUD else ""
        yield _finding("clipped", clip.split, clip.Index, round(clip.share, 4), note)


def _unlisted_files(paths):
    if paths:
        note = f"{len(paths):,} audio files belong to no clip of the listing, e.g. {', '.join(paths[:3])}"
        yield _finding("unlisted files", value=len(paths), note=note)


def _figures(check, clips, *columns):
    """Return the numbers of clips of each split that have the same values in ``columns``."""
    for key, number in clips.groupby(["split", *columns], observed=True).size().items():
        yield _figure(check, *(key if columns else (key,)), value=number)


def _figure(check, split="", subject="", verified="", value=""):
    return check, split, subject, verified, value, "", "figure"


def _finding(check, split="", subject="", value="", note="", severity="remark"):
    return check, split, subject, "", value, note, severity
