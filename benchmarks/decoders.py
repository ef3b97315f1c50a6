"""Decoders on audio files as encoders, recorders and copying leave them: what is read right, and the time it takes.

Usage, from the checkout's folder: ``python -m benchmarks.decoders [--repeats 5]``, after
``pip install av==18.1.0 miniaudio==1.71``, which the project itself does not need. Makes its inputs itself, of noise
that is quiet and then loud. Right is a file that is read with as many samples as its frames, pages or bytes hold, or,
where it is damaged, truncated or no sound, one that is refused. The time is that of the processor per second of
sound; all decoders take turns.
"""

import argparse
import io
import struct
import tempfile
import time
from pathlib import Path

import av
import miniaudio
import numpy as np
import soundfile

from workflow_scripts.data.audio import read_audio

RATES = (8000, 16000, 22050, 44100, 48000)


def by_libsndfile(path):
    return len(soundfile.read(path, dtype="float32")[0])


def by_miniaudio(path):
    readers = {".mp3": miniaudio.mp3_read_file_f32, ".wav": miniaudio.wav_read_file_f32}
    readers |= {".flac": miniaudio.flac_read_file_f32, ".ogg": miniaudio.vorbis_read_file}
    sound = readers.get(path.suffix, miniaudio.decode_file)(str(path))
    return len(np.asarray(sound.samples)) // sound.nchannels


def by_pyav(path):
    with av.open(str(path)) as container:
        return sum(frame.to_ndarray().size // frame.layout.nb_channels for frame in container.decode(audio=0))


DECODERS = {
    "libsndfile alone": by_libsndfile,
    "miniaudio": by_miniaudio,
    "PyAV": by_pyav,
    "libsndfile, container looked into": lambda path: len(read_audio(path)[0]),
}


def encoded(seconds, rate, channels=1, seed=0, **options):
    samples = np.random.default_rng(seed).normal(0, 0.1, (round(seconds * rate), channels))
    samples[: len(samples) // 2] *= 1e-3
    file = io.BytesIO()
    soundfile.write(file, samples.clip(-1, 1), rate, **options)
    return file.getvalue()


def mp3s():
    """Yield (rate, file with LAME's header, the same without it, samples in its frames)."""
    for rate in RATES:
        for channels in (1, 2):
            for mode in ("CONSTANT", "VARIABLE"):
                content = encoded(3, rate, channels, format="MP3", bitrate_mode=mode, compression_level=0.5)
                place = max(content.find(b"Xing"), content.find(b"Info"))
                frames = int.from_bytes(content[place + 8 : place + 12], "big")
                bare = content[content.index(content[:2], place) :]
                yield rate, content, bare, frames * (1152 if rate >= 32000 else 576)


def cases():
    """Yield (kind, suffix, content, number of samples or None: to be refused)."""
    art = b"ID3\x03\0\0\0\0\x20\0" + bytes(range(256)) * 16
    rng = np.random.default_rng(1)
    for rate, whole, bare, samples in mp3s():
        yield "MP3 with header", ".mp3", whole, 3 * rate
        yield "MP3 without header", ".mp3", bare, samples
        yield "the same with cover art and ID3v1", ".mp3", art + bare + b"TAG" + bytes(125), samples
        yield "two MP3s joined", ".mp3", whole + whole, 6 * rate
        for content, kind in ((whole, "MP3 with header, truncated"), (bare, "MP3 without header, truncated")):
            for kept in rng.integers(len(content) // 10, len(content) - 1, 3):
                yield kind, ".mp3", content[:kept], None
    silence = bytes([0xFF, 0xFD, 0x80, 0xC0]) + bytes(413)
    yield "MP2", ".mp3", 100 * silence, 115200
    for subtype, suffix in (("VORBIS", ".ogg"), ("OPUS", ".opus")):
        content = encoded(3, 48000, format="OGG", subtype=subtype)
        yield f"Ogg {subtype.title()}", suffix, content, 144000
        yield (
            f"two Ogg {subtype.title()} joined",
            suffix,
            content + encoded(3, 48000, format="OGG", subtype=subtype, seed=1),
            288000,
        )
        for place in rng.integers(0, len(content), 40):
            yield f"Ogg {subtype.title()}, a byte flipped", suffix, _with(content, int(place), b"\xff"), None
        pages = [place for place in range(len(content)) if content.startswith(b"OggS", place)]
        for first, last in zip(pages, [*pages[1:], len(content)], strict=True):
            yield f"Ogg {subtype.title()}, a page missing", suffix, content[:first] + content[last:], None
    for form in ("WAV", "WAVEX", "RF64"):
        content = encoded(3, 16000, format=form, subtype="PCM_16")
        place, width = (content.index(b"ds64") + 16, "Q") if form == "RF64" else (content.index(b"data") + 4, "I")
        yield "WAV, RF64", ".wav", content, 48000
        for size in (0, 0x7FFFFFFF, 0x80000000, 0x7FFFF000, 0xFFFFFFFF):
            yield "the same, size never updated", ".wav", _with(content, place, struct.pack(f"<{width}", size)), 48000
        for chunk in (b"LIST" + struct.pack("<I", 4) + b"INFO", b"TAG" + bytes(125)):
            yield "the same, tag behind the sound", ".wav", content + chunk, 48000
        yield "the same, truncated", ".wav", content[:50000], None
    for factor in (12000, 1e20, 1e38):
        content = encoded(1, 16000, format="WAV", subtype="FLOAT")
        samples = np.frombuffer(content[-64000:], "<f4") * np.float32(factor)
        yield "floats that are no sound", ".wav", content[:-64000] + samples.tobytes(), None


def _with(content, place, value):
    if value == b"\xff":
        value = bytes([content[place] ^ 0xFF])
    return content[:place] + value + content[place + len(value) :]


def is_right(decoder, path, samples):
    try:
        return decoder(path) == samples
    except Exception:  # each has its own
        return samples is None


def milliseconds(decoders, path, seconds, repeats):
    """Return the processor time per second of sound of each decoder, the least of ``repeats``."""
    least = dict.fromkeys(decoders, np.inf)
    for _ in range(repeats):
        for name, decoder in decoders.items():
            started = time.process_time()
            decoder(path)
            least[name] = min(least[name], 1000 * (time.process_time() - started) / seconds)
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    av.logging.set_level(av.logging.PANIC)
    with tempfile.TemporaryDirectory() as folder:
        right, number = {}, {}
        for kind, suffix, content, samples in cases():
            path = Path(folder, f"x{suffix}")
            path.write_bytes(content)
            number[kind] = number.get(kind, 0) + 1
            for name, decoder in DECODERS.items():
                right[kind, name] = right.get((kind, name), 0) + is_right(decoder, path, samples)
        print(f"| input | files | {' | '.join(DECODERS)} |\n|---|{'---|' * (len(DECODERS) + 1)}")
        for kind, count in number.items():
            print(f"| {kind} | {count} | {' | '.join(str(right[kind, name]) for name in DECODERS)} |")
        print(f"\n| ms per s of sound | {' | '.join(DECODERS)} |\n|---|{'---|' * len(DECODERS)}")
        for kind, options in {
            "WAV": {"format": "WAV"},
            "FLAC": {"format": "FLAC"},
            "MP3": {"format": "MP3"},
            "Ogg Vorbis": {"format": "OGG"},
        }.items():
            for channels in (1, 2):
                path = Path(folder, f"x.{options['format'].lower()}")
                path.write_bytes(encoded(7, 44100, channels, **options))
                times = milliseconds(DECODERS, path, 7, repeats).values()
                print(f"| {kind}, {channels} of 44.1 kHz | {' | '.join(f'{each:.2f}' for each in times)} |")


if __name__ == "__main__":
    main()
