"""Reading audio files as one channel, and what they are like."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import md5_of
from workflow_scripts.data.decoding import Sound
from workflow_scripts.data.mixdown import Levels, channel_of, mean_of_channels
from workflow_scripts.data.remarks import remarks

BLOCK = 2**17  # frames in memory at a time
HELD = 32  # blocks in memory, 33 MB in stereo: 95 s at 44.1 kHz
FULL_SCALE = 32767 / 32768  # the largest positive sample of 16 bits


def read_audio(path):
    """Return (samples, rate): mono float32 [samples], usually within -1..1, and the file's own rate in Hz.

    Channels are averaged; where they cancel each other, the loudest is taken
    (:attr:`workflow_scripts.data.mixdown.Levels.cancelling`). Streams joined one after the other are read as one. A
    clip without samples gives an empty array, and so does a file of 0 bytes.

    Raises UserError where the file is missing or cannot be decoded; where it is damaged or truncated, as far as its
    format lets it be noticed (Ogg: anywhere; MP3: frames; WAV, RF64, W64, AIFF, AU, CAF and FLAC: the end); where
    samples are not finite, or too large for sound (:data:`workflow_scripts.data.decoding.LOUDEST`).
    """
    sound = Sound(path)
    levels, blocks = Levels(), [np.zeros(0, np.float32)]
    for block in sound.blocks(BLOCK):
        blocks.append(mean_of_channels(block))
        if sound.channels > 1:
            levels.add(block, blocks[-1])
        del block  # so that its memory is used for the next one
    if (channel := levels.cancelling) is not None:
        blocks[1:] = [channel_of(block, channel) for block in sound.blocks(BLOCK)]
    blocks = blocks[1:] or blocks
    return np.concatenate(blocks) if len(blocks) > 1 else blocks[0], sound.rate


def read_blocks(path):
    """Return (rate, blocks, remarks): what :func:`read_audio` returns, as an iterator over blocks.

    ``remarks``: lines of text, see :func:`workflow_scripts.data.remarks.remarks`. The same errors are raised, the last
    of them after the last block. Of several channels how to mix them has to be known first: a file of more than
    HELD blocks is decoded twice then.
    """
    sound = Sound(path)
    channel, blocks = _levelled(sound) if sound.channels > 1 else (None, sound.blocks(BLOCK))
    found = remarks(SimpleNamespace(**_how_read(sound, channel)))
    mixed = (mean_of_channels(block) if channel is None else channel_of(block, channel) for block in blocks)
    return sound.rate, mixed, [f"{remark.what}; {remark.how}" for remark in found]


def _levelled(sound):
    """Return the channel to use, or None, and an iterable over the blocks."""
    levels, held, number = Levels(), [], 0
    for number, block in enumerate(sound.blocks(BLOCK), start=1):
        levels.add(block, mean_of_channels(block))
        if number <= HELD:
            held.append(block)
    return levels.cancelling, held if number <= HELD else sound.blocks(BLOCK)


def _how_read(sound, channel):
    return {"channel": 0 if channel is None else channel + 1, "streams": len(sound.parts), "behind": sound.behind}


def audio_facts(path, known=None):
    """Return what decoding the file shows: a dict with the columns of tables/audio_facts.py but fname.

    ``known``: MD5 -> facts of files that have been decoded before.
    Never raises for a bad file. Only one block is in memory at a time, however long the file is.
    """
    path = Path(path)
    facts = {"state": "unreadable", "message": "", "md5": "", "content": ""}
    facts |= {"seconds": 0.0, "rate": 0, "channels": 0, "peak": 0.0, "clipped": 0}
    facts |= {"channel": 0, "streams": 0, "behind": 0.0}
    try:
        if path.is_file():
            facts["md5"] = md5_of(path)
            if known and facts["md5"] in known:
                return known[facts["md5"]]
        else:
            facts["state"] = "missing"
        facts |= _measure(Sound(path))
    except UserError as error:
        facts["message"] = str(error)
    except OSError as error:
        facts["message"] = f"{path}: cannot be read ({error.strerror}); correct its permissions or remove the clip"
    return facts


def _measure(sound):
    """Return the facts about the samples."""
    content, levels, frames, peak, clipped = _Content(sound.channels), Levels(), 0, 0.0, 0
    full = np.zeros((4, sound.channels), bool)
    for block in sound.blocks(BLOCK):
        level = np.abs(block)
        full = np.concatenate([full[-4:], level >= FULL_SCALE])
        clipped += _in_runs_of_3(full)
        frames += len(block)
        peak = max(peak, float(level.max()))
        content.add(block)
        if sound.channels > 1:
            levels.add(block, mean_of_channels(block))
    clipped += _in_runs_of_3(np.pad(full[-4:], ((0, 2), (0, 0))))
    facts = {"rate": sound.rate, "channels": sound.channels, "peak": peak, "clipped": clipped}
    facts |= {"seconds": frames / sound.rate, **_how_read(sound, levels.cancelling)}
    return facts | ({"state": "ok", "content": content.hash(sound.rate)} if frames else {"state": "empty"})


class _Content:
    """A hash of all channels; where they are the same, of one, so that it is that of the same recording in mono."""

    def __init__(self, channels):
        self.one, self.all, self.same = hashlib.blake2b(digest_size=16), hashlib.blake2b(digest_size=16), True
        self.all.update(f"{channels} channels".encode())

    def add(self, block):
        block = block + np.float32(0)  # no zero below zero
        if self.same:
            self.same = bool((block == block[:, :1]).all())
            self.one.update(np.ascontiguousarray(block[:, 0], "<f4"))
        if block.shape[1] > 1:
            self.all.update(np.ascontiguousarray(block, "<f4"))

    def hash(self, rate):
        content = self.one if self.same else self.all
        content.update(f"{rate} Hz".encode())
        return content.hexdigest()


def _in_runs_of_3(full):
    """Count what is True in runs of 3 along the first axis, but for the first 2 and last 2 rows: those see too little.

    So with the last 4 rows of the block before in front of it, each block tells of every row once.
    """
    runs = full[:-2] & full[1:-1] & full[2:]
    return int(np.count_nonzero(runs[:-2] | runs[1:-1] | runs[2:]))
