import hashlib
import io
import itertools
import os
import shutil
import stat
import struct
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import unpack_archive
from workflow_scripts.data.archive import unpack

# RFC 1321, appendix A.5
MD5 = {b"abc": "900150983cd24fb0d6963f7d28e17f72", b"": "d41d8cd98f00b204e9800998ecf8427e"}


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


@pytest.fixture
def archive(tmp_path):
    """Return a function that writes an archive and returns its path."""

    def write(content):
        path = tmp_path / "archive.zip"
        path.write_bytes(content)
        return path

    return write


def refusal(*parts):
    """Return the message of the UserError that unpacking must end in; nothing may be left beside the archive."""
    folder = parts[-1].parent
    before = sorted(folder.iterdir())
    with pytest.raises(UserError) as error:
        unpack(parts, folder / "folder")
    assert sorted(folder.iterdir()) == before
    message = str(error.value)
    assert "\n" not in message
    assert str(parts[-1]) in message
    return message


def test_members_are_written_and_listed_by_path(archive, tmp_path):
    path = archive(zipped([("meta/b.csv", b"abc"), ("meta/", b""), ("a.txt", b"")]))
    manifest = unpack([path], tmp_path / "folder")
    assert manifest == [("a.txt", 0, MD5[b""]), ("meta/b.csv", 3, MD5[b"abc"])]
    assert (tmp_path / "folder/meta/b.csv").read_bytes() == b"abc"
    assert (tmp_path / "folder/a.txt").read_bytes() == b""


def test_older_folder_is_replaced(archive, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/old.txt").write_text("old")
    unpack([archive(zipped([("new.txt", b"abc")]))], tmp_path / "folder")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["new.txt"]


def stage(parts, folder, md5=None):
    md5 = {part.name: hashlib.md5(part.read_bytes()).hexdigest() for part in parts} | (md5 or {})
    files = {"folder": folder / "folder", "manifest": folder / "manifest.csv"}
    unpack_archive.main(archive=parts, **files, settings=unpack_archive.Settings(md5))


def test_stage_refuses_an_archive_that_has_changed_since_it_was_fetched(archive, tmp_path):
    path = archive(zipped([("b.txt", b"abc")]))
    with pytest.raises(UserError, match=r"archive\.zip: its md5 is [0-9a-f]{32}, expected 900150983cd24fb0d6963f7d28"):
        stage([path], tmp_path, {"archive.zip": MD5[b"abc"]})
    assert list(tmp_path.iterdir()) == [path]


def test_member_that_is_the_folder_itself_is_nothing(archive, tmp_path):
    manifest = unpack([archive(zipped([("./", b""), ("./a.txt", b"abc")]))], tmp_path / "folder")
    assert manifest == [("a.txt", 3, MD5[b"abc"])]


def test_archive_that_does_not_fit_on_the_disk_is_not_begun(archive, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(8, 6, 2))
    assert "make room" in refusal(archive(zipped([("a.txt", b"abc")])))


def test_name_that_the_disk_does_not_take_is_one_line(archive):
    assert "File name too long" in refusal(archive(zipped([("a" * 300, b"abc")])))


def test_stage_writes_the_manifest(archive, tmp_path):
    path = archive(zipped([("b.txt", b"abc")]))
    stage([path], tmp_path)
    assert (tmp_path / "manifest.csv").read_text() == f"path,bytes,md5\nb.txt,3,{MD5[b'abc']}\n"


OUTSIDE = ["../evil", "a/../../evil", "/etc/evil", "C:/evil", "C:evil", "..\\evil", "a\\b", "\\\\host\\evil", "..", "."]


@pytest.mark.parametrize("name", OUTSIDE)
def test_member_outside_the_folder_is_refused(name, archive):
    message = refusal(archive(zipped([("fine.txt", b"abc"), (name, b"abc")])))
    assert repr(name) in message


def test_symbolic_link_is_refused(archive):
    link = zipfile.ZipInfo("link")
    link.create_system = 3  # Unix
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "'link' is a link" in refusal(archive(zipped([("fine.txt", b"abc"), (link, b"/etc/passwd")])))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("again", ["a/b.txt", "a//b.txt", "a/./b.txt"])
def test_member_that_stands_twice_is_refused(again, archive):
    assert "twice" in refusal(archive(zipped([("a/b.txt", b"abc"), (again, b"x")])))


def test_member_that_is_file_and_folder_is_refused(archive):
    assert "'a' is both" in refusal(archive(zipped([("a", b"abc"), ("a/b.txt", b"x")])))


def test_wrong_checksum_is_noticed(archive):
    content = zipped([("a.txt", b"abc" * 20)], zipfile.ZIP_STORED)
    assert "'a.txt'" in refusal(archive(content.replace(b"abcabc", b"abXabc", 1)))


@pytest.mark.parametrize("content", [b"", b"no zip file", b"PK\x03\x04"])
def test_file_that_is_no_archive_is_refused(content, archive):
    assert "fetch it again" in refusal(archive(content))


def test_missing_archive_is_named(tmp_path):
    with pytest.raises(UserError, match=r"absent\.zip: no such file"):
        unpack([tmp_path / "absent.zip"], tmp_path / "folder")


def test_encrypted_member_is_refused(archive):
    content = bytearray(zipped([("a.txt", b"abc")]))
    content[6] |= 1  # general purpose flags of the local header,
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and of the central directory
    assert "encrypted" in refusal(archive(bytes(content)))


COMPRESSIONS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])


@given(COMPRESSIONS, st.floats(0, 1, exclude_max=True))
def test_truncated_archive_is_refused(compression, fraction):
    content = zipped([("a.txt", b"abc" * 20), ("b.txt", b"abc")], compression)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.zip"
        path.write_bytes(content[: int(fraction * len(content))])
        refusal(path)


@given(COMPRESSIONS, st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_damaged_archive_is_unpacked_right_or_refused(compression, position, flip):
    content = bytearray(zipped([("a.txt", b"abc" * 20), ("b.txt", b"abc")], compression))
    content[int(position * len(content))] ^= flip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.zip"
        path.write_bytes(content)
        try:
            manifest = unpack([path], Path(folder) / "folder")
        except UserError:
            assert list(Path(folder).iterdir()) == [path]
        else:  # the damage hit a name, a date or the like, or made the archive look shorter
            assert {digest for _, size, digest in manifest if size == 3} <= {MD5[b"abc"]}


def split(members, size, method=zipfile.ZIP_STORED, zip64=False):
    """Return the parts, of at most ``size`` bytes, of a split archive, written by PKWARE's APPNOTE 6.3.

    Records stay whole; the members' data and the directory run over the borders. ``zip64``: sizes, places and counts
    stand only where they would if they were too large for the plain records.
    """
    parts = [b"PK\7\x08"]  # the marker of a split archive, 8.5

    def begin(length):
        """Return the part and the offset at which a record of ``length`` bytes begins if it is written next."""
        if len(parts[-1]) + length > size:
            parts.append(b"")
        return len(parts) - 1, len(parts[-1])

    def write(data):
        while data:
            if len(parts[-1]) == size:
                parts.append(b"")
            room = size - len(parts[-1])
            parts[-1] += data[:room]
            data = data[room:]

    records = []
    for path, content in members:
        name, data = path.encode(), content if method == zipfile.ZIP_STORED else zlib.compress(content, wbits=-15)
        sizes = (0xFFFF_FFFF, 0xFFFF_FFFF) if zip64 else (len(data), len(content))
        common = struct.pack("<5H3LH", 45, 0, method, 0, 0x21, zlib.crc32(content), *sizes, len(name))
        extra = struct.pack("<2H2Q", 1, 16, len(content), len(data)) if zip64 else b""  # 4.5.3
        header = b"PK\3\4" + common + struct.pack("<H", len(extra)) + name + extra  # 4.3.7
        part, offset = begin(len(header))
        write(header)
        write(data)
        extra = struct.pack("<2HL", 0xCAFE, 4, 0)  # a field that nobody knows
        if zip64:
            extra += struct.pack("<2H3QL", 1, 28, len(content), len(data), offset, part)
            part, offset = 0xFFFF, 0xFFFF_FFFF
        rest = struct.pack("<4H2L", len(extra), 0, part, 0, 0, offset)
        records.append(b"PK\1\2" + struct.pack("<H", 45) + common + rest + name + extra)  # 4.3.12

    places = []
    for record in records:
        places.append(begin(len(record)))
        write(record)
    part, offset = places[0]
    parts_of_records = [place[0] for place in places]
    whole_directory = len(records), sum(map(len, records)), offset

    locator, comment = b"", b"comment"
    if zip64:
        zip64_part, zip64_offset = begin(56)
        counts = zip64_part, part, parts_of_records.count(zip64_part), *whole_directory
        write(b"PK\6\6" + struct.pack("<Q2H2L4Q", 44, 45, 45, *counts))  # 4.3.14
        last, _ = begin(20 + 22 + len(comment))
        locator = b"PK\6\7" + struct.pack("<LQL", zip64_part, zip64_offset, last + 1)  # 4.3.15
        counts = 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF
    else:
        last, _ = begin(22 + len(comment))
        counts = last, part, parts_of_records.count(last), *whole_directory
    write(locator + b"PK\5\6" + struct.pack("<4H2LH", *counts, len(comment)) + comment)  # 4.3.16
    return parts


def written(parts, folder):
    """Write the parts of a split archive and return their paths."""
    paths = [folder / f"a.z{number:02}" for number in range(1, len(parts))] + [folder / "a.zip"]
    for path, content in zip(paths, parts, strict=True):
        path.write_bytes(content)
    return paths


def listed(members):
    return sorted((name, len(data), hashlib.md5(data).hexdigest()) for name, data in members)


STORED_AND_DEFLATED = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
NOISE = Random(0).randbytes(700)  # does not get smaller
MEMBERS = [("noise.bin", NOISE), ("empty", b""), ("folder/text.txt", b"abc" * 300), ("last.bin", NOISE[:50])]
PARTS = split(MEMBERS, 600)


def test_members_of_a_split_archive_are_written(tmp_path):
    assert len(PARTS) == 4
    assert unpack(written(PARTS, tmp_path), tmp_path / "folder") == listed(MEMBERS)
    assert (tmp_path / "folder/noise.bin").read_bytes() == NOISE


@given(
    st.dictionaries(st.integers(0, 99).map(str), st.binary(max_size=300), min_size=1, max_size=9),
    st.integers(130, 900),
    STORED_AND_DEFLATED,
    st.booleans(),
)
@example({"a": NOISE, "b": b"abc" * 300}, 10_000, zipfile.ZIP_DEFLATED, False)  # all in one part
def test_split_archive_is_read_wherever_it_is_cut(members, size, method, zip64):
    with tempfile.TemporaryDirectory() as folder:
        parts = written(split(members.items(), size, method, zip64), Path(folder))
        assert unpack(parts, Path(folder) / "folder") == listed(members.items())


def test_place_beyond_4_gib_is_found(tmp_path):
    parts = written(split([("a.txt", b"abc"), ("b.txt", b"")], 60), tmp_path)
    os.truncate(parts[0], 5 * 2**30)  # a hole, no space on the disk
    assert unpack(parts, tmp_path / "folder") == listed([("a.txt", b"abc"), ("b.txt", b"")])


@pytest.mark.skipif(shutil.which("zip") is None, reason="Info-ZIP's zip is not installed")
@pytest.mark.parametrize("options", [[], ["-0"], ["-fz"], ["-0", "-fz"]], ids=["plain", "stored", "zip64", "both"])
def test_split_archive_by_info_zip(options, tmp_path):
    # zip's smallest parts have 64 kB: one member is longer than two of them, the directory longer than one.
    noise = Random(0)
    members = [(f"{number:03}{'n' * 150}", noise.randbytes(50)) for number in range(400)]
    members += [("noise.bin", noise.randbytes(160_000)), ("text.txt", b"abc\n" * 50_000)]
    source = tmp_path / "source"
    source.mkdir()
    for name, data in members:
        (source / name).write_bytes(data)
    subprocess.run(["zip", "-qr", *options, "-s", "64k", "../a.zip", "."], cwd=source, check=True)
    parts = [*sorted(tmp_path.glob("a.z[0-9]*")), tmp_path / "a.zip"]
    assert len(parts) > 4
    assert unpack(parts, tmp_path / "folder") == listed(members)


def test_stage_takes_the_parts_of_a_split_archive(tmp_path):
    parts = written(split([("b.txt", b"abc")], 100), tmp_path)
    stage(parts, tmp_path)
    assert (tmp_path / "manifest.csv").read_text() == f"path,bytes,md5\nb.txt,3,{MD5[b'abc']}\n"


def test_member_of_a_split_archive_outside_the_folder_is_refused(tmp_path):
    parts = written(split([("fine.txt", b"abc"), ("../evil", b"abc")], 150), tmp_path)
    assert "'../evil' would land outside" in refusal(*parts)


def test_parts_in_a_wrong_order_are_refused(tmp_path):
    parts = written(PARTS, tmp_path)
    for order in itertools.permutations(parts):
        if list(order) != parts:
            assert "do not belong together" in refusal(*order)


@pytest.mark.parametrize("zip64", [False, True], ids=["plain", "zip64"])
def test_part_that_is_not_named_is_missed(zip64, tmp_path):
    parts = written(split(MEMBERS, 600, zip64=zip64), tmp_path)
    for left_out in parts[:-1]:
        rest = [part for part in parts if part != left_out]
        assert f"{len(parts)} parts by its end record, {len(rest)} given" in refusal(*rest)
    assert f"{len(parts)} parts by its end record, {len(parts) + 1} given" in refusal(parts[0], *parts)


def test_last_part_alone_is_refused(tmp_path):
    *_, last = written(split([("a.bin", NOISE)], 700), tmp_path)
    assert "correct its parts" in refusal(last)
    *_, last = written(split([("a.bin", NOISE), ("b.txt", b"abc")], 700), tmp_path)  # b.txt is in this part
    assert "correct its parts" in refusal(last)


def test_missing_part_is_named(tmp_path):
    parts = written(PARTS, tmp_path)
    parts[1].unlink()
    with pytest.raises(UserError, match=r"a\.z02: no such file"):
        unpack(parts, tmp_path / "folder")


@pytest.mark.parametrize("index", range(len(PARTS)))
def test_part_of_another_archive_is_refused(index, tmp_path):
    other = split([(name, data[::-1]) for name, data in MEMBERS], 600)
    mixed = written([*PARTS[:index], other[index], *PARTS[index + 1 :]], tmp_path)
    assert "do not belong together" in refusal(*mixed)


@given(st.integers(0, len(PARTS) - 1), st.floats(0, 1, exclude_max=True))
def test_truncated_part_is_refused(index, fraction):
    parts = list(PARTS)
    parts[index] = parts[index][: int(fraction * len(parts[index]))]
    with tempfile.TemporaryDirectory() as folder:
        refusal(*written(parts, Path(folder)))


@given(STORED_AND_DEFLATED, st.booleans(), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_damaged_split_archive_is_unpacked_right_or_refused(method, zip64, position, flip):
    parts = [bytearray(part) for part in split(MEMBERS, 400, method, zip64)]
    position = int(position * sum(map(len, parts)))
    index = 0
    while position >= len(parts[index]):
        position -= len(parts[index])
        index += 1
    parts[index][position] ^= flip
    with tempfile.TemporaryDirectory() as folder:
        paths = written(parts, Path(folder))
        try:
            manifest = unpack(paths, Path(folder) / "folder")
        except UserError:
            assert sorted(Path(folder).iterdir()) == sorted(paths)
        else:  # the damage hit a name, a date or the like
            assert sorted(row[1:] for row in manifest) == sorted(row[1:] for row in listed(MEMBERS))
