"""TFRecord files, the wire format in them, and AudioSet's embeddings: as written by hand here, and damaged."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tfrecords import LABELS, ROWS, example, field, number, of_bytes, written
from workflow_scripts.common.errors import UserError
from workflow_scripts.data.audioset_embeddings import as_floats, read_examples
from workflow_scripts.data.crc32c import BLOCK, crc32c
from workflow_scripts.data.tfrecord import read_records
from workflow_scripts.data.wire_format import Form, WireError, fields, floats, integers

# ------------------------------------------------------------------ checksums


@pytest.mark.parametrize(
    ("content", "checksum"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),  # this one and those below: RFC 3720, B.4
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_published_checksums(content, checksum):
    assert crc32c(content) == checksum


def bit_by_bit(content):
    state = 0xFFFFFFFF
    for byte in content:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 3, 2 * BLOCK + 2])
def test_checksums_of_all_sizes_are_those_bit_by_bit(size):
    content = np.random.default_rng(size).bytes(size)
    assert crc32c(content) == bit_by_bit(content)


# ------------------------------------------------------------------ records


def test_records_are_read_as_written(tmp_path):
    contents = [b"one", b"", bytes(5000)]
    assert list(read_records(written(tmp_path / "x.tfrecord", *contents))) == contents
    assert list(read_records(written(tmp_path / "none.tfrecord"))) == []


@given(st.data())
def test_a_file_that_is_cut_or_has_another_bit_is_told_with_its_record(tmp_path_factory, data):
    path = written(tmp_path_factory.mktemp("damaged") / "x.tfrecord", b"first", b"second record", b"third")
    whole, ends = bytearray(path.read_bytes()), np.cumsum([16 + 5, 16 + 13, 16 + 5])
    place = data.draw(st.integers(0, len(whole) - 1))
    number = int(np.searchsorted(ends, place, side="right")) + 1
    if data.draw(st.booleans()):
        whole[place] ^= 1 << data.draw(st.integers(0, 7))
        words = "damaged"
    else:
        place = place + 1 if place in {0, *ends} else place  # a file may end between two records
        del whole[place:]
        words = "truncated"
    path.write_bytes(whole)
    found = []
    with pytest.raises(UserError) as error:
        found.extend(read_records(path))
    assert str(error.value).startswith(f"{path}, record {number}: {words}")
    assert "\n" not in str(error.value)
    assert found == [b"first", b"second record", b"third"][: number - 1]


def test_a_file_that_is_not_there_or_no_tfrecord_is_one_line(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        list(read_records(tmp_path / "x"))
    (tmp_path / "x").write_text("video_id,start_time_seconds\n")
    with pytest.raises(UserError, match=r"x, record 1: .* or the file is no TFRecord"):
        list(read_records(tmp_path / "x"))


# ------------------------------------------------------------------ the wire format


def test_examples_of_the_encodings_documentation():
    """Of https://protobuf.dev/programming-guides/encoding: Test1 to Test4."""
    assert list(fields(bytes.fromhex("089601"))) == [(1, Form.NUMBER, 150)]
    assert list(fields(bytes.fromhex("120774657374696e67"))) == [(2, Form.BYTES, b"testing")]
    assert list(fields(bytes.fromhex("1a03089601"))) == [(3, Form.BYTES, b"\x08\x96\x01")]
    packed, unpacked = "3206038e029ea705", "300330 8e0230 9ea705".replace(" ", "")
    for message in (packed, unpacked):
        assert integers(bytes.fromhex("220568656c6c6f" + message), 6) == [3, 270, 86942]
    assert integers(bytes.fromhex("08feffffffffffffffff01"), 1) == [-2]


def test_numbers_of_four_bytes_packed_and_not():
    one, other = struct.pack("<f", 1.5), struct.pack("<f", -30)
    assert floats(b"\x0d" + one + b"\x0d" + other, 1) == [1.5, -30]
    assert floats(b"\x0a\x08" + one + other + b"\x11" + bytes(8), 1) == [1.5, -30]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("0896", "a number has no end"),
        ("08" + "ff" * 10 + "01", "a number has no end"),
        ("1207746573", "a field ends behind its message"),
        ("0d0000", "a field ends behind its message"),
        ("0b0c", "unknown form 3"),
    ],
)
def test_bytes_that_are_no_message(message, words):
    with pytest.raises(WireError, match=words):
        list(fields(bytes.fromhex(message)))


# ------------------------------------------------------------------ embeddings


UNPACKED = field(3, b"".join(b"\x08" + number(label) for label in LABELS))
UNKNOWN = field(9, b"x") + b"\x78\x96\x01" + b"\x7d" + bytes(4) + b"\x79" + bytes(8)


@pytest.mark.parametrize("changes", [{}, {"labels": UNPACKED}, {"unknown": UNKNOWN}])
def test_an_example_is_read_as_written(changes, tmp_path):
    path = written(tmp_path / "x.tfrecord", example(**changes), example(ROWS[:3], video_id=of_bytes(b"-short")))
    first, second = read_examples(path)
    assert first[:4] == ("abcdefghijk", 30.0, 40.0, LABELS)
    assert first.embeddings.dtype == np.uint8
    assert [row.tobytes() for row in first.embeddings] == ROWS
    assert (second.video, second.embeddings.shape) == ("-short", (3, 128))


def test_an_example_without_labels_has_none(tmp_path):
    (found,) = read_examples(written(tmp_path / "x.tfrecord", example(labels=field(3, b""))))
    assert found.labels == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (example(rows=[]), "no audio_embedding"),
        (example(rows=[*ROWS[:2], bytes(64)]), "has 64 values in second 3, not 128"),
        (example(rows=[b""]), "has 0 values in second 1, not 128"),
        (example(video_id=None), "no video_id"),
        (example(labels=None), "no labels"),
        (example(end_time_seconds=None), "no end_time_seconds"),
        (example(start_time_seconds=field(2, b"")), "start_time_seconds has 0 values"),
        (example(start_time_seconds=field(2, field(1, b"abc"))), "numbers of 4 bytes has 3 bytes"),
        (example(video_id=of_bytes(b"\xff")), "can't decode"),
        (example()[:-1], "a field ends behind its message"),
        (b"", "no audio_embedding"),
    ],
)
def test_an_example_that_is_none_is_told_with_its_record(content, words, tmp_path):
    path, found = written(tmp_path / "x.tfrecord", example(), content), []
    with pytest.raises(UserError) as error:
        found.extend(read_examples(path))
    message = str(error.value)
    assert message.startswith(f"{path}, record 2: ")
    assert words in message
    assert "take files of AudioSet's published embeddings" in message
    assert "\n" not in message
    assert len(found) == 1


def test_embeddings_for_networks_lie_between_minus_one_and_one():
    values = as_floats(np.array([[0, 64, 128, 255]], np.uint8))
    assert values.dtype == np.float32
    assert values.tolist() == [[-1, -0.5, 0, 127 / 128]]


def test_what_googles_own_package_writes_is_read(tmp_path):
    """Where it is installed: the pinned environment does without it."""
    descriptors = pytest.importorskip("google.protobuf.descriptor_pb2")
    pools = pytest.importorskip("google.protobuf.descriptor_pool")
    factory = pytest.importorskip("google.protobuf.message_factory")
    file = descriptors.FileDescriptorProto(name="example.proto", package="own", syntax="proto3")
    kinds = descriptors.FieldDescriptorProto

    def message(name, *of_fields, within=file.message_type):
        made = within.add(name=name)
        for index, (called, kind, repeated) in enumerate(of_fields, 1):
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            added = made.field.add(name=called, number=index, label=label)
            if isinstance(kind, str):
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".own.{kind}"
            else:
                added.type = kind
        return made

    def map_to(name, called, kind):
        parent = message(name, (called, f"{name}.{called.title().replace('_', '')}Entry", True))
        entry_type = message(
            f"{called.title().replace('_', '')}Entry",
            ("key", kinds.TYPE_STRING, False),
            ("value", kind, False),
            within=parent.nested_type,
        )
        entry_type.options.map_entry = True

    message("BytesList", ("value", kinds.TYPE_BYTES, True))
    message("FloatList", ("value", kinds.TYPE_FLOAT, True))
    message("Int64List", ("value", kinds.TYPE_INT64, True))
    lists = [("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List")]
    message("Feature", *((name, kind, False) for name, kind in lists))
    map_to("Features", "feature", "Feature")
    message("FeatureList", ("feature", "Feature", True))
    map_to("FeatureLists", "feature_list", "FeatureList")
    message("SequenceExample", ("context", "Features", False), ("feature_lists", "FeatureLists", False))
    pool = pools.DescriptorPool()
    pool.Add(file)
    made = factory.GetMessageClass(pool.FindMessageTypeByName("own.SequenceExample"))()
    made.context.feature["video_id"].bytes_list.value.append(b"abcdefghijk")
    made.context.feature["labels"].int64_list.value.extend(LABELS)
    made.context.feature["start_time_seconds"].float_list.value.append(30)
    made.context.feature["end_time_seconds"].float_list.value.append(40)
    for row in ROWS:
        made.feature_lists.feature_list["audio_embedding"].feature.add().bytes_list.value.append(row)
    (found,) = read_examples(written(tmp_path / "x.tfrecord", made.SerializeToString()))
    assert found[:4] == ("abcdefghijk", 30.0, 40.0, LABELS)
    assert [row.tobytes() for row in found.embeddings] == ROWS
    parsed = type(made).FromString(example())
    assert parsed == made, "and what is written by hand here is what the package reads"
