"""What is unusual about an audio file that can be read, and how it is read, in words."""

from typing import NamedTuple


class Remark(NamedTuple):
    check: str  # its kind
    value: float
    what: str
    how: str


def unusual(table):
    """Return those rows of a table of audio facts that there are remarks about."""
    return table[(table["channel"] > 0) | (table["streams"] > 1) | (table["behind"] > 0)]


def remarks(facts):
    """Return the list of :class:`Remark` objects; ``facts``: with channel, streams, behind of tables/audio_facts."""
    found = []
    if facts.channel:
        how = f"channel {facts.channel}, the loudest, is used alone"
        found.append(Remark("channels cancel", facts.channel, "its channels cancel each other", how))
    if facts.streams > 1:
        what, how = f"it is {facts.streams} recordings joined", "they are read one after the other, as one clip"
        found.append(Remark("joined recordings", facts.streams, what, how))
    if facts.behind:
        what = f"{facts.behind:.3f} s of sound lie behind the end that its header tells"
        how = "they are not read; ffmpeg -ignore_length 1 -i IN.wav OUT.wav mends the header"
        found.append(Remark("sound behind the end", facts.behind, what, how))
    return found
