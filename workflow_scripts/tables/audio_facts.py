"""The audio facts: what decoding each listed clip once has shown. One row per clip of the listing.

| column | what |
|---|---|
| fname | name of the clip |
| state | ``ok``, ``empty`` (no samples), ``missing`` (no such file) or ``unreadable`` (damaged, truncated, no audio) |
| message | why it is missing or unreadable, with the remedy; else empty |
| seconds | length of the audio; 0 unless ``ok`` |
| rate | sample rate in Hz; 0 if missing or unreadable |
| channels | number of channels; 0 if missing or unreadable |
| peak | largest absolute sample of any channel, full scale = 1 |
| clipped | number of samples in runs of at least 3 at full scale |
| channel | the one that is used because all cancel each other, 1 is the first; 0: their mean is |
| streams | number of recordings joined one after the other, which are read as one; 0 if missing or unreadable |
| behind | seconds of sound that lie behind the end that the file's header tells, and are not read |
| md5 | of the file's bytes; empty if missing |
| content | hash of the samples and the rate: equal for one recording in lossless files, also with a channel repeated; or empty |
"""  # noqa: E501

from workflow_scripts.tables.tables import read_table, write_table

COLUMNS = {
    "fname": str,
    "state": str,
    "message": str,
    "seconds": float,
    "rate": int,
    "channels": int,
    "peak": float,
    "clipped": int,
    "channel": int,
    "streams": int,
    "behind": float,
    "md5": str,
    "content": str,
}


def read_audio_facts(path):
    """Return the audio facts indexed by fname, in file order."""
    return read_table(path, COLUMNS).set_index("fname", drop=False)


def write_audio_facts(table, path):
    write_table(table[list(COLUMNS)], path)
