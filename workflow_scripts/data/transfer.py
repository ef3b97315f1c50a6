"""Getting a file over http(s) to its last byte, however often the line is cut."""

import logging
import re
import shutil
from http.client import HTTPException, InvalidURL
from urllib import request
from urllib.error import HTTPError

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.progress import progress

log = logging.getLogger("download")
MIB = 2**20
ATTEMPTS = 5  # in a row without a new byte
LONGEST_PAUSE = 300  # seconds, whatever the server asks for
SECONDS_OF_SILENCE = 60

# urllib's usual handlers without those for ftp:, file: and data:, to which no server may lead us.
_OPENER = request.OpenerDirector()
for handler in (
    *(request.ProxyHandler, request.UnknownHandler, request.HTTPHandler, request.HTTPSHandler),
    *(request.HTTPDefaultErrorHandler, request.HTTPRedirectHandler, request.HTTPErrorProcessor),
):
    _OPENER.add_handler(handler())


class SourceError(Exception):
    """This source will not deliver the file; the message, one line, says why."""


class _BrokenError(Exception):
    """The transfer ended early; another attempt, after ``pause`` seconds at least, may get further."""

    def __init__(self, reason, pause=0):
        super().__init__(reason)
        self.pause = pause


class _NoResumeError(Exception):
    """The server does not go on where it was asked to; it may do from the beginning."""


class _MixedError(Exception):
    """What several attempts have brought does not make the right file; one from the beginning may."""


def receive(url, kept, check, wait):
    """Return the file that holds all that ``url`` has and passes ``check``: ``kept``, or a new one beside it.

    ``kept`` holds what earlier attempts have brought, perhaps nothing, and grows: each attempt asks for what is
    missing (range requests, RFC 9110 section 14). It is lost only where it turns out to be wrong. ``check(path)``
    raises SourceError for a wrong file. ``wait`` is called with the seconds to pause between two attempts: 1, doubled
    after every attempt that brings nothing new, or what the server asks for.

    Raises SourceError where the address is wrong, the server turns the request down, all of it is wrong, or five
    attempts in a row bring nothing new; UserError where the rest does not fit on the disk; OSError where it cannot be
    written.
    """
    furthest, fruitless, resume, second_chance = size_of(kept), 0, True, True
    while True:
        try:
            return _attempt(url, kept, check, resume)
        except _BrokenError as broken:
            reason, pause, resume = broken, broken.pause, True
        except _NoResumeError as other_start:
            reason, pause, resume = other_start, 0, False
        except _MixedError as mixed:
            if not second_chance:
                raise SourceError(str(mixed)) from None
            reason, pause, furthest, second_chance = mixed, 0, 0, False
        fruitless = 0 if size_of(kept) > furthest else fruitless + 1
        furthest = max(furthest, size_of(kept))
        if fruitless == ATTEMPTS:
            raise SourceError(f"{reason}, {ATTEMPTS} attempts in a row brought nothing new")
        pause = max(pause, 2 ** max(fruitless - 1, 0))
        log.warning("%s: %s; trying again in %d s", url, reason, pause)
        wait(pause)


def _attempt(url, kept, check, resume):
    size = size_of(kept) if resume else 0
    with _response(url, size) as response:
        if response.status == 416:  # there is nothing more: then this is all, or it is wrong
            return _checked(kept, check, mixed=True)
        start, total = _extent(response)
        if start not in (0, size):
            raise _NoResumeError(f"the server does not go on from byte {size}")
        # An answer from the beginning does not overwrite what is kept before it has brought more.
        target = kept if start or not size_of(kept) else beside(kept)
        if total is not None:
            _check_room(url, total - start, kept.parent)
        log.info("%s: receiving bytes %d to %s", url, start, "the end" if total is None else total)
        try:
            _write(response, target, start, total)
            if total is None:
                _check_unannounced(target, check)
        except _BrokenError:
            if target != kept and size_of(target) > size_of(kept):
                target.replace(kept)
            elif target != kept:
                target.unlink(missing_ok=True)
            raise
    return _checked(target, check, mixed=start > 0)


def _checked(path, check, mixed):
    """Return ``path`` if it is right; remove it otherwise. ``mixed``: it begins with bytes of an earlier attempt."""
    try:
        check(path)
    except SourceError as wrong:
        path.unlink()
        if mixed:
            raise _MixedError(f"{wrong}; the resumed file is discarded") from None
        raise
    return path


def _check_unannounced(path, check):
    """Where no length was announced, a wrong file may as well be a part of the right one."""
    try:
        check(path)
    except SourceError:
        ended = f"it ended at {size_of(path) / MIB:.1f} MiB, the length was not announced"
        raise _BrokenError(f"{ended}, and that is not the file") from None


def _write(response, path, start, total):
    with open(path, "ab" if start else "wb") as file:
        written = _written(response, file, total)
        if total is not None:
            written = progress(written, "downloading", "MiB", total=total // MIB, done=start // MIB)
        for _ in written:
            pass


def _response(url, size):
    """Open ``url`` from byte ``size`` on. An answer of 416 (no such range) is returned like the good ones."""
    try:
        headers = {"Range": f"bytes={size}-"} if size else {}
        return _OPENER.open(request.Request(url, headers=headers), timeout=SECONDS_OF_SILENCE)
    except HTTPError as answer:
        if answer.code == 416 and size:
            return answer
        reason = _one_line(f"the server answers {answer.code} {answer.reason}")
        if answer.code in (408, 429) or answer.code >= 500:
            raise _BrokenError(reason, _pause(answer.headers.get("Retry-After", ""))) from None
        raise SourceError(reason) from None
    except (ValueError, InvalidURL) as error:
        raise SourceError(f"no valid address ({_one_line(error)})") from None
    except (OSError, HTTPException) as error:
        raise _BrokenError(f"no answer ({_one_line(getattr(error, 'reason', error))})") from None


def _extent(response):
    """Return the first byte that is sent and the length of the whole file; None for what is not announced."""
    if response.status != 206:
        return 0, response.length
    extent = response.headers.get("Content-Range", "")
    said = re.fullmatch(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", extent)
    if said is None:
        return None, None
    return int(said[1]), None if said[3] == "*" else int(said[3])


def _written(response, file, total):
    """Write to ``file`` what comes, as it comes; yield at every full MiB. Raises _BrokenError before byte ``total``."""
    of_all = "" if total is None else f" of {total / MIB:.1f}"
    while True:
        before = file.tell()
        try:
            block = response.read1(MIB)
        except (OSError, HTTPException) as error:
            raise _BrokenError(f"cut at {before / MIB:.1f}{of_all} MiB ({_one_line(error)})") from None
        if not block:
            break
        file.write(block)
        if file.tell() // MIB > before // MIB:
            yield
    if total is not None and before < total:
        raise _BrokenError(f"cut at {before / MIB:.1f}{of_all} MiB")


def _check_room(url, needed, folder):
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(f"{url}: needs {needed / MIB:.1f} MiB more, {folder} has {free / MIB:.1f} MiB free; make room")


def _pause(retry_after):
    """Return the seconds of a Retry-After header; 0 for a date, which the usual pauses have to do for."""
    return min(int(retry_after), LONGEST_PAUSE) if re.fullmatch("[0-9]{1,9}", retry_after) else 0


def _one_line(error):
    return " ".join(str(error).split())


def beside(kept):
    """Return the file for an answer from the beginning while something is kept."""
    return kept.with_name(f"{kept.name}.new")


def size_of(path):
    """Return the bytes in ``path``; 0 where there is no such file."""
    return path.stat().st_size if path.exists() else 0
