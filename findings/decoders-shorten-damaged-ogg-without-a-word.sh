#!/usr/bin/env bash
# Versions: soundfile 0.14.0 (its libsndfile 1.2.2), PyAV 18.1.0 (FFmpeg 8.1.2), miniaudio 1.71, numpy 2.4.6, Python 3.11.
# Behaviour: every page of an Ogg file has a checksum, and a number that tells whether pages are missing. None of these
# decoders tells of a wrong one: with one bit of a Vorbis file flipped soundfile and PyAV leave out the page and return a
# shorter clip, in which all that follows is half a second early; miniaudio decodes what is left of it. Of two files
# joined into one, which Ogg allows, soundfile and miniaudio return the first. Lengths and onsets of a collection that was
# copied badly are wrong then, unnoticed.
# Output seen on 2026-11-30:
#   whole: soundfile 3.00 s, PyAV 3.00 s, miniaudio 3.00 s
#   one bit flipped: soundfile 2.54 s, PyAV 2.56 s, miniaudio 3.00 s
#   joined with itself: soundfile 3.00 s, PyAV 6.00 s, miniaudio 3.00 s
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3.11 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 soundfile==0.14.0 av==18.1.0 miniaudio==1.71
venv/bin/python - <<'EOF'
import io

import av
import miniaudio
import numpy as np
import soundfile

RATE, SECONDS = 44100, 3


def with_pyav(name):
    with av.open(name) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


DECODERS = {
    "soundfile": lambda name: len(soundfile.read(name)[0]),
    "PyAV": with_pyav,
    "miniaudio": lambda name: len(miniaudio.vorbis_read_file(name).samples),
}
noise = np.random.default_rng(0).normal(0, 0.1, SECONDS * RATE)
file = io.BytesIO()
soundfile.write(file, noise, RATE, format="OGG", subtype="VORBIS")
whole = file.getvalue()
pages = [place for place in range(len(whole)) if whole.startswith(b"OggS", place)]
damaged = bytearray(whole)
damaged[(pages[4] + pages[5]) // 2] ^= 1
seconds = {}
for kind, content in {"whole": whole, "one bit flipped": bytes(damaged), "joined with itself": whole + whole}.items():
    with open("clip.ogg", "wb") as clip:
        clip.write(content)
    seconds[kind] = {name: round(decoder("clip.ogg") / RATE, 2) for name, decoder in DECODERS.items()}
    print(f"{kind}: {', '.join(f'{name} {found:.2f} s' for name, found in seconds[kind].items())}")
expected = {
    "whole": {"soundfile": 3.0, "PyAV": 3.0, "miniaudio": 3.0},
    "one bit flipped": {"soundfile": 2.54, "PyAV": 2.56, "miniaudio": 3.0},
    "joined with itself": {"soundfile": 3.0, "PyAV": 6.0, "miniaudio": 3.0},
}
if seconds != expected:
    raise SystemExit(f"the behaviour has changed: {seconds}")
EOF
