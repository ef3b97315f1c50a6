"""Reading audio files, with damage noticed: libsndfile alone takes a truncated WAV or Ogg for a shorter clip."""

import re
from pathlib import Path

import numpy as np
import soundfile

from workflow_scripts.common.errors import UserError

STREAM_SIZE = 0xFFFFFFFF  # written by programs that cannot go back to the WAV header: size unknown
NOMINAL_RATE = 44100  # of a file without a single byte: FSDKaggle2018's rate
LARGEST_OGG_PAGE = 27 + 255 + 255 * 255


def read_audio(path):
    """Return (samples, rate): mono float32 [samples], usually within -1..1, and the file's own rate in Hz.

    Channels are averaged. Any format libsndfile reads will do. A clip without samples gives an empty array, and so
    does a file of 0 bytes. Raises UserError where the file is missing, cannot be decoded, has samples that are not
    finite, or is truncated (noticed in WAV, FLAC, Ogg and MP3 files).
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such audio file; unpack its archive again or remove the clip from the table")
    if path.stat().st_size == 0:
        return np.zeros(0, np.float32), NOMINAL_RATE
    try:
        with soundfile.SoundFile(path) as file:
            samples = file.read(dtype="float32", always_2d=True)
            truncated = len(samples) < file.frames or _CUT_SHORT.get(file.format, _never)(path, file)
            rate = file.samplerate
    except (soundfile.LibsndfileError, ValueError, MemoryError) as error:  # the latter two: absurd length in the header
        reason = str(getattr(error, "error_string", error)).strip().rstrip(".")
        raise UserError(f"{path}: cannot be decoded ({reason}); fetch the file again or remove the clip") from None
    if truncated:
        raise UserError(f"{path}: truncated, its end is missing; fetch the file again or remove the clip")
    if not np.isfinite(samples).all():
        raise UserError(f"{path}: has samples that are no numbers (NaN or infinite); fetch it again or remove the clip")
    return samples.mean(axis=1, dtype=np.float32), rate


def _wav_cut_short(path, file):
    """Tell from libsndfile's log of the header: ``data : 176400 (should be 49956)``."""
    sizes = re.search(r"^data : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    return bool(sizes) and int(sizes[2]) < int(sizes[1]) < STREAM_SIZE


def _ogg_cut_short(path, file):
    """Tell from the last page, which is complete and carries the end-of-stream flag (RFC 3533, section 6)."""
    with open(path, "rb") as content:
        content.seek(max(0, path.stat().st_size - LARGEST_OGG_PAGE))
        tail = content.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) < 27:
        return True
    lengths = page[27 : 27 + page[26]]
    return not page[5] & 4 or len(page) < 27 + page[26] + sum(lengths)


def _never(path, file):
    return False


_CUT_SHORT = {"WAV": _wav_cut_short, "WAVEX": _wav_cut_short, "OGG": _ogg_cut_short}
