"""AudioSet's published embeddings (Gemmeke et al. 2017): TFRecord files of SequenceExamples, read without TensorFlow.

A SequenceExample is two maps from names to features (tensorflow/core/example/example.proto): the context (field 1), of
one feature each, and the lists (field 2), of one feature a second. A feature is a list of bytes, floats or integers.
"""

from typing import NamedTuple

import numpy as np

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.tfrecord import read_records
from workflow_scripts.data.wire_format import WireError, contents, floats, integers

WIDTH = 128  # values a second


def files_of(folder):
    """Return the paths of the TFRecord files in ``folder``, sorted; raises UserError where there are none."""
    found = sorted(folder.glob("*.tfrecord"))
    if not found:
        raise UserError(f"{folder}: no *.tfrecord files in it; correct the path in the dataset file")
    return found


class Example(NamedTuple):
    video: str  # YouTube's name of it
    start: float  # seconds from its beginning
    end: float
    labels: tuple  # numbers of the classes, 0..526 of the published files
    embeddings: np.ndarray  # [seconds, 128] uint8, as stored


def read_examples(path):
    """Yield every :class:`Example` of the file at ``path``, one at a time.

    Raises UserError that names the file and the record, counted from 1, where it is damaged, no SequenceExample, or
    lacks the embeddings or has those of another width.
    """
    for number, record in enumerate(read_records(path), 1):
        try:
            yield _example(record)
        except (WireError, UnicodeDecodeError) as error:
            raise UserError(
                f"{path}, record {number}: {error}; take files of AudioSet's published embeddings, of {WIDTH} values "
                "a second"
            ) from None


def as_floats(embeddings):
    """Return embeddings as networks take them: (value - 128) / 128, float32 from -1 to 1."""
    return (embeddings.astype(np.float32) - 128) / 128


def _example(record):
    context = {name: value for features in contents(record, 1) for name, value in _entries(features)}
    lists = {name: value for features in contents(record, 2) for name, value in _entries(features)}
    seconds = [_bytes_of(feature) for feature in contents(lists.get(b"audio_embedding", b""), 1)]
    if not seconds:
        raise WireError("no audio_embedding")
    for second, values in enumerate(seconds, 1):
        if len(values) != WIDTH:
            raise WireError(f"audio_embedding has {len(values)} values in second {second}, not {WIDTH}")
    return Example(
        video=_bytes_of(_named(context, "video_id")).decode(),
        start=_float_of(context, "start_time_seconds"),
        end=_float_of(context, "end_time_seconds"),
        labels=tuple(n for numbers in contents(_named(context, "labels"), 3) for n in integers(numbers, 1)),
        embeddings=np.frombuffer(b"".join(seconds), np.uint8).reshape(-1, WIDTH),
    )


def _entries(map_of_features):
    """Yield (name, value), both bytes, of a map: of repeated messages with the name and the value."""
    for entry in contents(map_of_features, 1):
        name, value = contents(entry, 1), contents(entry, 2)
        yield b"".join(name[-1:]), b"".join(value[-1:])  # what is left out is empty


def _named(context, name):
    if name.encode() not in context:
        raise WireError(f"no {name}")
    return context[name.encode()]


def _bytes_of(feature):
    """Return the one value of a feature that is a list of bytes; of none nothing."""
    values = [value for own in contents(feature, 1) for value in contents(own, 1)]
    if len(values) > 1:
        raise WireError(f"{len(values)} values in the place of one")
    return b"".join(values)


def _float_of(context, name):
    values = [value for own in contents(_named(context, name), 2) for value in floats(own, 1)]
    if len(values) != 1:
        raise WireError(f"{name} has {len(values)} values in the place of one")
    return values[0]
