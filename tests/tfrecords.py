"""TFRecord files of AudioSet's embeddings, written by hand: the wire format of their SequenceExamples."""

import struct

import numpy as np
import yaml

from workflow_scripts.data.tfrecord import masked_crc32c


def record_of(content):
    size = struct.pack("<Q", len(content))
    return size + masked_crc32c(size) + content + masked_crc32c(content)


def written(path, *contents):
    path.write_bytes(b"".join(map(record_of, contents)))
    return path


def number(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def field(index, content):
    return number(index << 3 | 2) + number(len(content)) + content


def of_bytes(value):
    return field(1, field(1, value))


def entry(name, value):
    return field(1, field(1, name.encode()) + field(2, value))


LABELS = (0, 137, 526)
CONTEXT = {
    "video_id": of_bytes(b"abcdefghijk"),
    "labels": field(3, field(1, b"".join(map(number, LABELS)))),
    "start_time_seconds": field(2, field(1, struct.pack("<f", 30))),
    "end_time_seconds": field(2, b"\x0d" + struct.pack("<f", 40)),
}
ROWS = [row.tobytes() for row in np.random.default_rng(0).integers(0, 256, (10, 128), dtype=np.uint8)]


def example(rows=ROWS, unknown=b"", **changes):
    context = b"".join(entry(name, value) for name, value in (CONTEXT | changes).items() if value is not None)
    lists = entry("audio_embedding", b"".join(field(1, of_bytes(row)) for row in rows)) if rows else b""
    return unknown + field(1, context + unknown) + field(2, lists)


class EmbeddingSet:
    """A data set of embeddings in ``folder``, in the form of AudioSet's, with a dataset file beside it."""

    NAMES = ("/m/a", "/m/b", "/t/c")

    def __init__(self, folder, clips=30, tests=9):
        self.folder, self.file = folder / "embeddings", folder / "mine.yaml"
        rng, number = np.random.default_rng(0), 0
        for part, count in (("bal_train", clips), ("eval", tests)):
            (self.folder / part).mkdir(parents=True)
            for file in ("00", "01"):
                records = []
                for _ in range(count // 2):
                    labels = [number % 3] + [2] * (number % 5 == 0 and number % 3 < 2)
                    rows = [self.vector(labels, rng) for _ in range(3 if number % 7 == 0 else 10)]
                    records.append(self.record(f"video{number:06d}", labels, rows))
                    number += 1
                (self.folder / part / f"{file}.tfrecord").write_bytes(b"".join(records))
        names = "".join(f'{index},{name},"Sound, {index}"\n' for index, name in enumerate(self.NAMES))
        (self.folder / "labels.csv").write_text("index,mid,display_name\n" + names)
        table = {"format": "audioset_embeddings", "label_names": "labels.csv"}
        self.dataset = {
            **{"title": "mine", "task": "multilabel", "folder": str(self.folder), "classes": list(self.NAMES)},
            "columns": {"manually_verified": None, "usage": None},
            "tables": {"train": {"file": "bal_train", **table}, "test": {"file": "eval", **table}},
        }
        self.file.write_text(yaml.safe_dump(self.dataset))

    @staticmethod
    def vector(labels, rng):
        """Of one second: a third of the values is high where it has the label of that third."""
        high = np.isin(np.arange(128) // 43, labels)
        return np.where(high, rng.integers(150, 256, 128), rng.integers(0, 150, 128)).astype(np.uint8).tobytes()

    @staticmethod
    def record(video, labels, rows):
        numbers = field(3, field(1, b"".join(map(number, labels))))
        return record_of(example(rows=rows, video_id=of_bytes(video.encode()), labels=numbers))
