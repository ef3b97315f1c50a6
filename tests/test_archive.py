import io
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.archive import unpack
from workflow_scripts.unpack_archive import main as unpack_archive

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


def refusal(archive):
    """Return the message of the UserError that unpacking must end in; nothing may be left beside the archive."""
    with pytest.raises(UserError) as error:
        unpack(archive, archive.parent / "folder")
    assert list(archive.parent.iterdir()) == [archive]
    message = str(error.value)
    assert "\n" not in message
    assert str(archive) in message
    return message


def test_members_are_written_and_listed_by_path(archive, tmp_path):
    path = archive(zipped([("meta/b.csv", b"abc"), ("meta/", b""), ("a.txt", b"")]))
    manifest = unpack(path, tmp_path / "folder")
    assert manifest == [("a.txt", 0, MD5[b""]), ("meta/b.csv", 3, MD5[b"abc"])]
    assert (tmp_path / "folder/meta/b.csv").read_bytes() == b"abc"
    assert (tmp_path / "folder/a.txt").read_bytes() == b""


def test_older_folder_is_replaced(archive, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/old.txt").write_text("old")
    unpack(archive(zipped([("new.txt", b"abc")])), tmp_path / "folder")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["new.txt"]


def test_stage_writes_the_manifest(archive, tmp_path):
    path = archive(zipped([("b.txt", b"abc")]))
    unpack_archive(archive=path, folder=tmp_path / "folder", manifest=tmp_path / "manifest.csv", settings={})
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
        unpack(tmp_path / "absent.zip", tmp_path / "folder")


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
            manifest = unpack(path, Path(folder) / "folder")
        except UserError:
            assert list(Path(folder).iterdir()) == [path]
        else:  # the damage hit a name, a date or the like, or made the archive look shorter
            assert {digest for _, size, digest in manifest if size == 3} <= {MD5[b"abc"]}
