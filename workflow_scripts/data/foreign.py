"""Recordings in formats that are not read here, and how to convert them."""

import shlex
from pathlib import Path

# By how their content begins. Those that stand further in the file have an offset.
SIGNATURES = {
    (4, b"ftyp"): "MPEG-4 (m4a, mp4, 3gp)",
    **{(0, bytes([0xFF, second])): "AAC" for second in (0xF0, 0xF1, 0xF8, 0xF9)},
    (0, b"ADIF"): "AAC",
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"): "Windows Media (wma, asf)",
    (0, b"#!AMR"): "AMR",
    (8, b"AVI "): "AVI",
    (0, b"\x1a\x45\xdf\xa3"): "Matroska (mka, webm)",
    (0, b"wvpk"): "WavPack",
    (0, b"MAC "): "Monkey's Audio",
    (0, b"MPCK"): "Musepack",
    (0, b"MP+"): "Musepack",
    (0, b"TTA1"): "True Audio",
    (0, b"DSD "): "DSD",
    (0, b"\x0b\x77"): "AC-3",
}


def format_of(head):
    """Return the name of the format of a file that begins with ``head``; None if it is none of these."""
    return next((name for (at, begin), name in SIGNATURES.items() if head[at:].startswith(begin)), None)


def conversion(path):
    """Return the command that converts the file ``path`` to one beside it that is read here."""
    path = Path(path)
    target = path.with_suffix(".wav" if path.suffix.lower() == ".flac" else ".flac")
    return f"cd {shlex.quote(str(path.parent))} && ffmpeg -i {shlex.quote(path.name)} -vn {shlex.quote(target.name)}"
