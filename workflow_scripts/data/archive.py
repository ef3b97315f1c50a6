"""Unpacking a zip archive that nobody vouches for: all members are checked before the first is written."""

import hashlib
import lzma
import shutil
import stat
import struct
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import PurePosixPath, PureWindowsPath
from zipfile import BadZipFile, ZipFile

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.progress import progress
from workflow_scripts.data.split_zip import joined

BLOCK = 2**20


def unpack(parts, folder):
    """Unpack a zip archive into ``folder``, which appears whole or not at all and replaces an older one.

    ``parts`` are the paths of the archive's parts in order: [x.zip], or [x.z01, x.z02, ..., x.zip] of a split one.
    Returns the manifest, rows (path within the folder, bytes, MD5 digest in hex) sorted by path. Raises UserError
    where the archive is no zip file, incomplete or damaged, where a member would land outside the folder, is a link
    or the like, or takes the place of another, and where the disk does not take it all.
    """
    try:
        return sorted(_unpacked(parts, folder))
    except OSError as error:  # of the disk: those of the archive are UserErrors
        raise UserError(
            f"{parts[-1]}: {folder} cannot be written ({error.strerror}); mend that and run again"
        ) from None


def _unpacked(parts, folder):
    archive, manifest = parts[-1], []
    with _opened(parts) as source, written_whole(folder) as partial:
        members = _checked_members(source, archive)
        _check_room(archive, sum(member.file_size for member in members), partial.parent)
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
    return manifest


def _checked_members(source, archive):
    """Return the members that are files; folders come with the files in them."""
    files, folders = {}, set()
    for member in source.infolist():
        name, path = member.filename, PurePosixPath(member.filename)
        if member.is_dir() and not path.parts:  # the folder itself
            continue
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


def _check_room(archive, needed, folder):
    free = shutil.disk_usage(folder).free
    if needed > free:
        sizes = f"needs {needed / 2**20:.1f} MiB unpacked, {folder} has {free / 2**20:.1f} MiB free"
        raise UserError(f"{archive}: {sizes}; make room there")


def _refused(archive, name, why):
    return UserError(f"{archive}: member {name!r} {why}; nothing was unpacked, use an archive from a source you trust")


# What zipfile and the decompressors raise on damaged, encrypted or exotic archives.
_DAMAGE = (BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError, struct.error)


@contextmanager
def _opened(parts):
    with ExitStack() as stack:
        try:
            plain = stack.enter_context(joined(parts)) if len(parts) > 1 else parts[0]
            source = stack.enter_context(ZipFile(plain))
        except FileNotFoundError as error:
            raise UserError(f"{error.filename}: no such file") from None
        except _DAMAGE as error:
            raise _damaged(parts[-1], error) from None
        yield source


def _content(source, member, archive):
    try:
        with source.open(member) as content:
            while block := content.read(BLOCK):
                yield block
    except _DAMAGE as error:
        raise _damaged(archive, f"member {member.filename!r}: {error}") from None


def _damaged(archive, error):
    return UserError(
        f"{archive}: no zip file, damaged, or its parts do not belong together ({error}); "
        "correct its parts in the dataset file, or delete it and fetch it again"
    )
