"""What decoding each listed clip once has shown: one row per clip of the listing."""

from typing import Literal

from workflow_scripts.tables.declaration import Table


class AudioFacts(Table):
    file = "<dataset>/audio.csv"
    key = ("fname",)

    fname: str  # name of the clip
    state: Literal["ok", "empty", "missing", "unreadable"]  # empty: no samples; missing: no such file; unreadable:
    # damaged, truncated, no audio
    message: str | None  # why it is missing or unreadable, with the remedy
    seconds: float  # [s] length of the audio; 0 unless ok
    rate: int  # [Hz] sample rate; 0 if missing or unreadable
    channels: int  # how many; 0 if missing or unreadable
    peak: float  # [full scale] largest absolute sample of any channel
    clipped: int  # samples in runs of at least 3 at full scale
    channel: int  # the one that is used because all cancel each other, 1 is the first; 0: their mean is
    streams: int  # recordings joined one after the other, which are read as one; 0 if missing or unreadable
    behind: float  # [s] sound that lies behind the end that the file's header tells, and is not read
    md5: str | None  # of the file's bytes; empty if missing
    content: str | None  # hash of the samples and the rate: equal for one recording in lossless files, also with a
    # channel repeated


read_audio_facts, write_audio_facts = AudioFacts.read, AudioFacts.write
