"""The data report in words: Markdown that is as readable in a terminal."""

from workflow_scripts.data.data_report import MISNAMED, UNUSABLE

EXAMPLES = 10  # of each kind of finding
LONGEST_SUBJECT = 100  # characters
HEADINGS = {
    "error": "Errors: they stop a run",
    "warning": "Warnings: they make scores doubtful",
    "remark": "Remarks: worth knowing",
}
DIVISIONS = {
    "clips per usage": "usage",
    "clips per fold": "fold",
    "clips per sample rate": "sample rate in Hz",
    "clips per number of channels": "number of channels",
    "clips by length": "length",
}


def summary(report, title):
    """Return the report (:mod:`workflow_scripts.data.data_report`) as text, with the verdict in its last line."""
    found = report["check"] == "classes found"
    findings = {severity: report[(report["severity"] == severity) & ~found] for severity in HEADINGS}
    sections = [f"# {title}", _overview(report), _class_table(report)]
    for severity, heading in HEADINGS.items():
        checks = [_examples(check, part) for check, part in findings[severity].groupby("check", sort=False)]
        sections += [f"## {heading}", *checks] if checks else []
    for number, note in report.loc[found, ["value", "note"]].itertuples(index=False):
        copied = f", which systems need. Those found:\n\n```yaml\n{note}\n```"
        sections.append("The dataset file has no `classes`" + (f": {note}." if number == 1 else copied))
    classes = report.loc[found, "value"].sum()
    return "\n\n".join([*filter(None, sections), _verdict(**findings, classes=classes)]) + "\n"


def _overview(report):
    clips, seconds = _values(report, "clips"), _values(report, "seconds")
    usable = _values(report, "usable clips")["value"]
    rows = []
    for split, number in clips["value"].items():
        lengths = seconds[seconds.index == split].set_index("subject")["value"].map(_duration)
        shown = [lengths.get(name, "-") for name in ("total", "shortest", "median", "longest")]
        rows.append([split, _of(usable.get(split, 0), number), *shown])
    lines = [_table(["split", "clips", "audio", "shortest", "median", "longest"], rows), ""]

    verified = _values(report, "verified clips")["value"].sum()
    lines.append(f"- verified labels: {verified:,} of {clips['value'].get('train', 0):,} training clips")
    of_usage = _values(report, "usable clips per usage").set_index("subject", append=True)["value"]
    for check, name in DIVISIONS.items():
        numbers = _values(report, check)
        if check == "clips per usage":
            usable = [of_usage.get((split, row.subject), 0) for split, row in numbers.iterrows()]
        else:
            usable = numbers["value"]
        numbers = numbers.assign(shown=list(map(_of, usable, numbers["value"])))
        parts = [
            f"{split} {', '.join(f'{row.subject} ({row.shown})' for row in part.itertuples())}"
            for split, part in numbers[numbers["value"] > 0].groupby("split", sort=False)
        ]
        lines += [f"- clips by {name}: {'; '.join(parts)}"] if parts else []
    of_parts = _values(report, "verified clips held out").set_index("subject")["value"]
    for part in _values(report, "clips held out").itertuples():
        lines.append(f"- {part.subject}: {part.value:,} training clips, {of_parts[part.subject]:,} of them verified")
    for split, row in _values(report, "events").iterrows():
        lines.append(f"- events: {split} {row['value']:,} in {row['subject']}")
    for largest in _values(report, "largest group").itertuples():
        number = _values(report, "groups")["value"].sum()
        lines.append(f"- clips in groups: {number:,} groups, the largest is {largest.subject} ({largest.value:,})")
    return "\n".join(lines)


def _class_table(report):
    """Return a row per class; training clips are divided by whether their label is verified, if that differs."""
    numbers, usable = (report[report["check"] == check] for check in ("clips per class", "usable clips per class"))
    names = {*numbers["subject"], *report.loc[report["check"] == "class without clips", "subject"]}
    if names <= {""}:
        return ""
    training = numbers[numbers["split"] == "train"]
    if ((training["verified"] == 0) & (training["subject"] != "")).any():
        columns = {"train, verified": ("train", 1), "train, unverified": ("train", 0)}
    else:
        columns = {"train": ("train", None)}
    columns |= {split: (split, None) for split in ("test", "further") if (numbers["split"] == split).any()}
    counts = [[_per_class(table, *column) for table in (usable, numbers)] for column in columns.values()]
    rows = [
        [name or "(no label)", *(_of(there.get(name, 0), listed.get(name, 0)) for there, listed in counts)]
        for name in sorted(names, key=lambda name: (name == "", name))
    ]
    return _table(["class", *columns], rows)


def _per_class(numbers, split, verified):
    """Return class -> number of clips; ``verified``: of those with this flag only, unless None."""
    wanted = numbers[numbers["split"] == split]
    if verified is not None:
        wanted = wanted[wanted["verified"] == verified]
    return wanted.groupby("subject")["value"].sum()


def _examples(check, findings):
    """Return the first findings as a list; a hint that all of them end with stands above it."""
    heading, notes = f"**{check}** ({len(findings):,})", findings["note"]
    parts = notes.str.rpartition("; ")
    if len(findings) > 1 and parts[2].nunique() == 1:
        heading, notes = f"{heading}: {parts[2].iloc[0]}", parts[0]
    lines = [heading, ""]
    for subject, note in list(zip(findings["subject"], notes, strict=True))[:EXAMPLES]:
        short = subject if len(subject) <= LONGEST_SUBJECT else f"{subject[:LONGEST_SUBJECT]} ..."
        named = not subject or check in [*UNUSABLE, MISNAMED]  # in the note
        lines.append(f"- {note}" if named else f"- {short}: {note}" if note else f"- {short}")
    if len(findings) > EXAMPLES:
        lines.append(f"- ... and {len(findings) - EXAMPLES:,} more in data_report.csv")
    return "\n".join(lines)


# what stops a run: in words, and the remedy
STOPS = {
    "number of clips": ("a number of clips that is not as expected", "fetch the data anew or correct `counts`"),
    "label that is no class": ("labels that are no classes", "correct them or add them to `classes`"),
    "table without labels": ("a table without labels", "leave it out, and have its clips tagged instead"),
    MISNAMED: ("clips whose audio has another name", "correct the names or the dataset file as said above"),
    "event that cannot be": ("events that cannot be", "correct their rows"),
    "labels that are alike": ("labels that mean the same", "write one of them"),
    "folds of its own": ("folds that do not fit", "correct them"),
    "too few for the folds": ("too few clips, groups or folds", "ask for fewer folds in config.yaml"),
    "part that cannot be held out": ("a part that cannot be held out", "correct `held_out` in the recipe"),
    "too few verified clips": ("too few verified clips", "ask for fewer folds, or check more labels"),
}


def _verdict(error, warning, remark, classes):
    """``classes``: how many were found where the dataset file has none, else 0."""
    kinds = error["check"].value_counts()
    stops = [reason for check, reason in STOPS.items() if check in kinds]
    if broken := [f"{kinds[state]:,} {state}" for state in UNUSABLE if state in kinds]:
        words = f"{sum(kinds.reindex(UNUSABLE, fill_value=0)):,} clips without usable audio ({', '.join(broken)})"
        stops.append((words, "mend them, correct the path of the audio, or leave them out (`unusable_audio`)"))
    if classes > 1:
        stops.append(("the lack of `classes` in the dataset file", "copy them from above"))
    elif classes:
        stops.append(("the lack of a second class", "add clips of one"))
    what = "nothing that stops a run"
    if stops:
        words, remedies = zip(*stops, strict=True)
        what = f"{', '.join(words)} would stop a run; {'; '.join(remedies)}"
    return f"Verdict: {what}. Warnings: {len(warning):,}, remarks: {len(remark):,}."


def _of(usable, listed):
    return f"{listed:,}" if usable == listed else f"{usable:,} of {listed:,}"


def _values(report, check):
    """Return subject and value of the check's rows, indexed by split."""
    return report.loc[report["check"] == check].set_index("split")[["subject", "value"]]


def _table(header, rows):
    """Return a Markdown table with straight columns, all but the first aligned right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        for row in [header, rule, *rows]
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _duration(seconds):
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{minutes // 60:,} h {minutes % 60} min" if minutes >= 60 else f"{seconds / 60:.1f} min"
