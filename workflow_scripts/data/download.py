"""Fetching an archive: it gets its name only when it is complete and the right one."""

import hashlib
import logging
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

from workflow_scripts.common.errors import UserError
from workflow_scripts.common.files import written_whole
from workflow_scripts.common.progress import progress

log = logging.getLogger("download")
BLOCK = 2**20
SECONDS_OF_SILENCE = 60


def fetch(source, md5, destination):
    """Copy ``source``, a local path or an http(s) address, to ``destination``; its MD5 digest must be ``md5`` (hex).

    Raises UserError, with ``destination`` as it was, where the source cannot be reached or read, ends before its
    announced length or has another digest.
    """
    digest = hashlib.md5(usedforsecurity=False)
    blocks = _downloaded(source) if source.startswith(("http://", "https://")) else _read(source)
    with written_whole(destination) as partial:
        with open(partial, "wb") as file:
            for block in blocks:
                digest.update(block)
                file.write(block)
        if digest.hexdigest() != md5.lower():
            raise UserError(
                f"{source}: its md5 is {digest.hexdigest()}, expected {md5}; "
                "fetch the archive anew, or correct the md5 in the dataset file if the archive is the right one"
            )
    log.info("%s: md5 %s as expected", source, md5)


def _read(source):
    try:
        with open(source, "rb") as file:
            while block := file.read(BLOCK):
                yield block
    except FileNotFoundError:
        raise UserError(f"{source}: no such file; put it there or correct the url in the dataset file") from None
    except OSError as error:
        raise UserError(f"{source}: cannot be read ({error.strerror})") from None


def _downloaded(url):
    try:
        with urlopen(url, timeout=SECONDS_OF_SILENCE) as response:
            length = response.headers["Content-Length"]
            announced = None if length is None else int(length)
            log.info("%s: %s bytes", url, length or "an unknown number of")
            received = 0
            for block in _blocks(response, announced):
                received += len(block)
                yield block
    except HTTPError as error:
        raise UserError(f"{url}: the server answers {error.code} {error.reason}; check the url") from None
    except (OSError, HTTPException, ValueError) as error:  # ValueError: no valid address
        reason = getattr(error, "reason", error)
        raise UserError(f"{url}: the transfer failed ({reason}); check the connection and run again") from None
    if announced is not None and received != announced:
        raise UserError(f"{url}: truncated, got {received} of {announced} bytes; run again")


def _blocks(response, announced):
    blocks = iter(lambda: response.read(BLOCK), b"")
    return progress(blocks, "downloading", "MiB", total=-(-announced // BLOCK)) if announced else blocks
