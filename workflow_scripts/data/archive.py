"""Unpacking a zip archive that nobody vouches for: all members are checked before the first is written."""

import hashlib
import lzma
import stat
import struct
import zlib
from pathlib import PurePosixPath, PureWindowsPath
from zipfile import BadZipFile, ZipFile

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.progress import progress

BLOCK = 2**20


def unpack(archive, folder):
    """Unpack the zip file ``archive`` into ``folder``, which appears whole or not at all and replaces an older one.

    Returns the manifest, rows (path within the folder, bytes, MD5 digest in hex) sorted by path. Raises UserError
    where the archive is no zip file or damaged, or where a member would land outside the folder, is a link or the
    like, or takes the place of another.
    """
    manifest = []
    with _opened(archive) as source, written_whole(folder) as partial:
        members = _checked_members(source, archive)
        partial.mkdir()
        for member in progress(members, f"unpacking {archive}", "files"):
            path = PurePosixPath(member.filename)
            target = partial / path
            target.parent.mkdir(parents=True, exist_ok=True)
            size, digest = 0, hashlib.md5(usedforsecurity=False)
            with open(target, "wb") as file:
                for block in _content(source, member, archive):
                    file.write(block)
                    digest.update(block)
                    size += len(block)
            manifest.append((str(path), size, digest.hexdigest()))
    return sorted(manifest)


def _checked_members(source, archive):
    """Return the members that are files; folders come with the files in them."""
    files, folders = {}, set()
    for member in source.infolist():
        name, path = member.filename, PurePosixPath(member.filename)
        as_on_windows = PureWindowsPath(name)
        if not path.parts or "\\" in name or as_on_windows.anchor or ".." in path.parts:
            raise _refused(archive, name, "would land outside its folder")
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refused(archive, name, "is a link or a special file")
        if path in files:
            raise _refused(archive, name, "stands in it twice")
        folders.update(path.parents)
        if member.is_dir():
            folders.add(path)
        else:
            files[path] = member
    for path in sorted(files.keys() & folders):
        raise _refused(archive, str(path), "is both a file and a folder")
    return list(files.values())


def _refused(archive, name, why):
    return UserError(f"{archive}: member {name!r} {why}; nothing was unpacked, use an archive from a source you trust")


# What zipfile and the decompressors raise on damaged, encrypted or exotic archives.
_DAMAGE = (BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError, struct.error)


def _opened(archive):
    try:
        return ZipFile(archive)
    except FileNotFoundError:
        raise UserError(f"{archive}: no such file") from None
    except _DAMAGE as error:
        raise _damaged(archive, error) from None


def _content(source, member, archive):
    try:
        with source.open(member) as content:
            while block := content.read(BLOCK):
                yield block
    except _DAMAGE as error:
        raise _damaged(archive, f"member {member.filename!r}: {error}") from None


def _damaged(archive, error):
    return UserError(f"{archive}: damaged or no plain zip file ({error}); delete it and fetch it again")
