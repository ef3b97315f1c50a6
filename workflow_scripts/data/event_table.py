"""The event table of a data set with strong labels (see tables/events.py)."""

import re
from typing import NamedTuple

import pandas as pd

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.class_names import correction

DECIMAL_COMMA, CLOCK = r"[+-]?\d*,\d+", r"(?:(\d+):)?(\d+):(\d+(?:[.,]\d*)?)"
ROUNDING = 0.01  # seconds
SAME = 0.001  # seconds: rows of one event may be written with more and with fewer digits
FAR = 30  # times the length of its clip: no published event ends so late; where most do, the unit is another one
KNOWN_UNITS, OTHER_UNIT = ("milliseconds", "samples"), "in another unit, or counted from before the clip"
SHORTEST = 0.02  # seconds: where most events would be shorter in a unit, it is none of theirs


class Checked(NamedTuple):
    """What :func:`checked` returns."""

    events: pd.DataFrame  # fname, onset, offset, event_label; indexed by line
    wrong: dict  # line -> what cannot be true of its event, in words
    beyond: pd.Series  # line -> by how many seconds its event ends beyond the clip's end
    repeated: pd.Series  # line -> the line that says the same
    unit: str | None  # in what the times are, as far as one can guess, if not in seconds


def sound_events(found, file):
    """Return the events of what :func:`checked` returned; raises UserError for the first that cannot be true."""
    for line, what in found.wrong.items():
        more = f" ({len(found.wrong)} such rows in all)" if len(found.wrong) > 1 else ""
        raise UserError(f"{file}, line {line}: {what}{more}")
    return found.events


def told(found, own):
    """Yield (check, number of rows, note) for what does not stop a run, of what :func:`checked` returned."""
    unit = f"; the times seem to be {found.unit}: write seconds" if found.unit else ""
    if len(found.beyond):
        line, most = found.beyond.idxmax(), found.beyond.max()
        use = "they count up to it" if own else "a published table stays as it is"
        note = f"by up to {most:,.2f} s (line {line}); {use}{unit}"
        yield "events that end beyond the end of their clip", len(found.beyond), note
    if len(found.repeated):
        line, first = next(iter(found.repeated.items()))
        use = "each event counts once" if own else "a published table stays as it is, and all count"
        yield "rows that repeat an event", len(found.repeated), f"line {line} says what line {first} says; {use}"


def checked(events, classes, facts=None, own=False):
    """Return what is to be said of the ``events`` of one table (text, indexed by line), as :class:`Checked`.

    ``classes``: the labels there are (None: any). ``facts``: of the clips (tables/audio_facts.py), by which their
    ends are known; or None. ``own``: whether people can mend the table. Then an event that begins where its clip has
    ended cannot be true (nor, where the times seem to be in one of ``KNOWN_UNITS``, one that ends beyond it); else one
    that ends beyond that end ends with it, and repeated rows count once. A published table stays as it is, as scores
    that were published count it, but for events that end ``FAR`` beyond.
    """
    onset, offset = (pd.to_numeric(events[name], errors="coerce").astype(float) for name in ("onset", "offset"))
    wrong = _wrong_labels(events["event_label"], classes) | _wrong_times(events, onset, offset)
    possible = ~events.index.isin(wrong)
    seconds, rates = _lengths(events["fname"], facts)
    by = (offset - seconds)[possible]
    beyond = by[by > ROUNDING]
    unit = _unit(onset[beyond.index], offset[beyond.index], seconds, rates) if 2 * len(beyond) > by.count() else None
    mended = beyond.index if own else beyond.index[offset[beyond.index] > FAR * seconds[beyond.index]]
    late = mended[(onset[mended] >= seconds[mended]) | (own and unit in KNOWN_UNITS)]
    remedy = f"the times seem to be {unit}: write seconds" if unit else "correct the time, or remove the row"
    for line in late:
        begins = onset[line] >= seconds[line]
        time = f"begins at {events['onset'][line]}" if begins else f"ends at {events['offset'][line]}"
        wrong[line] = f"an event {time} s, where its clip of {seconds[line]:g} s has ended; {remedy}"
    beyond, possible = beyond.drop(late), ~events.index.isin(wrong)
    offset = offset.where(~offset.index.isin(mended), seconds)
    table = events.assign(onset=onset, offset=offset)[possible]
    repeated = _repeated(table)
    table = table.drop(index=repeated.index) if own else table
    return Checked(table, dict(sorted(wrong.items())), beyond, repeated, unit)


def _wrong_times(events, onset, offset):
    """Return line -> what cannot be true of its times."""
    impossible = events[~((onset >= 0) & (offset > onset) & (offset < float("inf")))]
    wrong = {}
    for line, *given in impossible[["onset", "offset"]].itertuples(name=None):
        other = {text.strip(): seconds for text in given if (seconds := _in_seconds(text.strip()))}
        if other:
            remedy = "write " + " and ".join(f"{seconds} for {text}" for text, seconds in other.items())
        elif onset[line] > offset[line] >= 0:
            remedy = "exchange the two, or add the onset to the other if that is a duration"
        else:
            remedy = "correct them, or remove the row"
        what = f"an event needs 0 <= onset < offset, in seconds; it has {given[0]!r} and {given[1]!r}"
        wrong[line] = f"{what}; {remedy}"
    return wrong


def _in_seconds(text):
    """Return a time with a decimal comma, or as hours, minutes and seconds, in seconds; None for any other text."""
    if re.fullmatch(DECIMAL_COMMA, text):
        return text.replace(",", ".")
    if clock := re.fullmatch(CLOCK, text):
        hours, minutes, seconds = clock.groups(default="0")
        return f"{3600 * int(hours) + 60 * int(minutes) + float(seconds.replace(',', '.')):.10g}"
    return None


def _repeated(events):
    """Return line -> the first line that says the same: clip, label, and both times but for ``SAME``."""
    keys = ["fname", "event_label"]
    for name in ("onset", "offset"):  # numbered in the order of time, with one number for what is not apart
        ordered = events.sort_values(name)
        apart = ordered.groupby(keys)[name].diff() > SAME
        events = events.assign(**{name: apart.groupby([ordered[key] for key in keys]).cumsum()})
        keys = [*keys, name]
    lines = pd.Series(events.index, events.index)
    first = lines.groupby([events[key] for key in keys]).transform("first")
    return first[first != lines]


def _wrong_labels(labels, classes):
    """Return line -> what is wrong with its label."""
    unknown = labels[(labels == "") | (False if classes is None else ~labels.isin(classes))]
    remedies = {label: correction(label, classes) if label else "give the event one" for label in set(unknown)}
    return {line: f"event label {label!r} is not a class; {remedies[label]}" for line, label in unknown.items()}


def _lengths(fnames, facts):
    """Return the seconds and sample rates of the events' clips, NaN where they are not known."""
    if facts is None:
        return pd.Series(float("nan"), fnames.index), pd.Series(float("nan"), fnames.index)
    known = facts[facts["state"].isin(["ok", "empty"])]
    return tuple(known[name].astype(float).reindex(fnames).set_axis(fnames.index) for name in ("seconds", "rate"))


def _unit(onsets, offsets, seconds, rates):
    """Return in what the times of events beyond the end of their clips seem to be counted, or None: in seconds."""
    seconds, rates = seconds[offsets.index], rates[offsets.index]
    if (offsets / seconds).median() < FAR:
        return None
    for unit, factor in zip(KNOWN_UNITS, (1000, rates), strict=True):
        fit = (offsets / factor <= 1.02 * seconds).mean() > 0.9
        if fit and ((offsets - onsets) / factor).median() >= SHORTEST:
            return unit
    return OTHER_UNIT
