#!/usr/bin/env bash
# Versions: soundfile 0.14.0 (its libsndfile 1.2.2), numpy 2.4.6, Python 3.11.
# Behaviour: some programs put an ID3v2 tag in front of WAV and AIFF files. soundfile reads them whole by their name; given a
# file object (an open file, a member of an archive, BytesIO) it takes the length behind the tag for that of the file: as
# many bytes as the tag has are missing from the end of the sound, without an error. FLAC behind a tag is read whole.
# Output seen on 2026-11-30:
#   WAV of 44100 samples, behind a tag of 20 bytes: 44100 by name, 44090 by object; of 40,000 bytes: 44100 and 24100
#   AIFF of 44100 samples, behind a tag of 20 bytes: 44100 by name, 44090 by object; of 40,000 bytes: 44100 and 24100
#   FLAC of 44100 samples, behind a tag of 20 bytes: 44100 by name, 44100 by object; of 40,000 bytes: 44100 and 44100
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3.11 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 soundfile==0.14.0
venv/bin/python - <<'EOF'
import io

import numpy as np
import soundfile

LENGTH = 44100
noise = np.random.default_rng(0).normal(0, 0.1, LENGTH)
seen = {}


def tag(size):
    """An ID3v2 tag of ``size`` bytes, all padding; its header tells those behind it, with 7 bits a byte."""
    size -= 10
    return b"ID3\3\0\0" + bytes(size >> 7 * place & 127 for place in (3, 2, 1, 0)) + bytes(size)


for form in ("WAV", "AIFF", "FLAC"):
    seen[form] = []
    for size in (20, 40000):
        file = io.BytesIO()
        soundfile.write(file, noise, LENGTH, format=form, subtype="PCM_16")
        with open("tagged", "wb") as tagged:
            tagged.write(tag(size) + file.getvalue())
        with open("tagged", "rb") as tagged:
            seen[form] += [len(soundfile.read("tagged")[0]), len(soundfile.read(tagged)[0])]
    by_name, by_object, by_name_2, by_object_2 = seen[form]
    print(f"{form} of {LENGTH} samples, behind a tag of 20 bytes: {by_name} by name, {by_object} by object; of 40,000 bytes:"
          f" {by_name_2} and {by_object_2}")
expected = {form: [44100, 44090, 44100, 24100] for form in ("WAV", "AIFF")} | {"FLAC": [44100] * 4}
if seen != expected:
    raise SystemExit(f"the behaviour has changed: {seen}")
EOF
