"""Fetching an archive from folders and servers, good and bad; no test waits."""

import errno
import hashlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scripts.common.errors import UserError
from workflow_scripts.data import fetch_archive, transfer
from workflow_scripts.data.download import fetch

CONTENT = b"message digest"
MD5 = "f96b697d7cb7938d525a2f31aaf161d0"  # RFC 1321, appendix A.5
MIB = 2**20

# ------------------------------------------------- what a server may do with one request: behaviour(request, content)


def answer(request, body, status=200, **headers):
    request.send_response(status)
    for name, value in {"Content_Length": len(body), **headers}.items():
        if value is not None:
            request.send_header(name.replace("_", "-"), str(value))
    request.end_headers()
    request.wfile.write(body)


def asked_from(request):
    """The first byte that the request asks for."""
    return int(re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", "bytes=0-"))[1])


def honest(request, content, sent=None):
    """Answer as RFC 9110 says; the first ``sent`` bytes of the answer only, the rest being cut off."""
    start, size = asked_from(request), len(content)
    if start == 0:
        answer(request, content[:sent], Content_Length=size)
    elif start < size:
        extent = f"bytes {start}-{size - 1}/{size}"
        answer(request, content[start:][:sent], 206, Content_Length=size - start, Content_Range=extent)
    else:
        answer(request, b"", 416, Content_Range=f"bytes */{size}")


def cut(sent):
    return lambda request, content: honest(request, content, sent)


def piece(request, content):
    """At most five bytes, announced as what they are: a server may send less than it was asked for."""
    start = asked_from(request)
    body = content[start : start + 5]
    answer(request, body, 206, Content_Range=f"bytes {start}-{start + len(body) - 1}/{len(content)}")


def reset(request, content):
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def stalled(request, content):
    honest(request, content, len(content) // 2)
    request.wfile.flush()
    request.server.stopped.wait()


def without_ranges(request, content):
    answer(request, content)


def unannounced(request, content):
    answer(request, content, Content_Length=None)


def chunked_and_cut(request, content):
    request.protocol_version = "HTTP/1.1"
    answer(request, b"5\r\n" + content[:5] + b"\r\n", Content_Length=None, Transfer_Encoding="chunked")


def announced_too_short(request, content):
    answer(request, content, Content_Length=len(content) - 4)


def announced_too_long(request, content):
    answer(request, content, Content_Length=len(content) + 6)


def other_bytes(request, content):
    honest(request, content[::-1])


def other_start(request, content):
    answer(request, content[1:], 206, Content_Range=f"bytes 1-{len(content) - 1}/{len(content)}")


def nonsense_range(request, content):
    answer(request, content, 206, Content_Range="apples 1-2/3")


def no_such_range(request, content):
    answer(request, b"no", 416, Content_Range="bytes */5")


def busy(request, content):
    answer(request, b"later", 503)


def busy_for(seconds):
    return lambda request, content: answer(request, b"later", 429, Retry_After=seconds)


def missing(request, content):
    answer(request, b"not here", 404)


def no_http(request, content):
    request.wfile.write(b"220 mail.example.org\r\n\r\n")


BEHAVIOURS = [
    *(honest, cut(0), cut(3), cut(9), piece, reset, without_ranges, unannounced, chunked_and_cut),
    *(announced_too_short, announced_too_long, other_bytes, other_start, nonsense_range, no_such_range),
    *(busy, busy_for(600), busy_for("tomorrow"), missing, no_http),
]


class Server:
    """A server on the loopback that follows a script, one behaviour per request, and is honest (or `then`) after it."""

    def __init__(self, *script, content=CONTENT, then=honest):
        self.ranges = ranges = []
        script = list(script)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                ranges.append(self.headers.get("Range"))
                (script.pop(0) if script else then)(self, content)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.stopped = threading.Event()
        self._server.handle_error = lambda *arguments: None  # the other side has gone
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/archive.zip?download=1"

    def stop(self):
        self._server.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(autouse=True)
def loopback_without_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def serve():
    """Return a function that starts a Server; all stop with the test."""
    servers = []

    def start(*script, **options):
        servers.append(Server(*script, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def dead():
    """The address of a server that is not there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken but not listening
        yield f"http://127.0.0.1:{unused.getsockname()[1]}/archive.zip"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "downloads"
    path.mkdir()
    return path


def fetched(folder, *sources, content=CONTENT):
    """Fetch ``content`` into ``folder``, where nothing else may be left; return the pauses before new attempts."""
    pauses = []
    fetch(sources, hashlib.md5(content).hexdigest(), folder / "archive.zip", wait=pauses.append)
    assert [path.name for path in folder.iterdir()] == ["archive.zip"]
    assert (folder / "archive.zip").read_bytes() == content
    return pauses


def refusal(folder, *sources, kept=b"", md5=MD5):
    """Return the one line that the fetch must end in; ``kept`` bytes of a transfer are all that may stay."""
    with pytest.raises(UserError) as error:
        fetch(sources, md5, folder / "archive.zip", wait=lambda seconds: None)
    assert [path.name for path in folder.iterdir()] == ([".archive.zip.part"] if kept else [])
    assert b"".join(path.read_bytes() for path in folder.iterdir()) == kept
    message = str(error.value)
    assert "archive.zip" in message
    assert len(message.splitlines()) == 1
    return message


# -------------------------------------------------------------------------------------------------- one good server


def test_whole_file_in_one_request(serve, folder):
    server = serve()
    assert fetched(folder, server.url) == []
    assert server.ranges == [None]


def test_file_of_several_blocks(serve, folder):
    content = bytes(range(256)) * 10_000
    fetched(folder, serve(content=content).url, content=content)


def test_file_of_unannounced_length(serve, folder):
    fetched(folder, serve(unannounced).url)


def test_md5_may_be_in_capitals(serve, folder):
    fetch([serve().url], MD5.upper(), folder / "archive.zip")
    assert (folder / "archive.zip").read_bytes() == CONTENT


def test_earlier_archive_is_replaced(serve, folder):
    (folder / "archive.zip").write_bytes(b"earlier")
    fetched(folder, serve().url)


# ------------------------------------------------------------------------------------------------ broken transfers


def test_cut_transfer_is_resumed_where_it_stopped(serve, folder):
    server = serve(cut(9))
    assert fetched(folder, server.url) == [1]
    assert server.ranges == [None, "bytes=9-"]


def test_transfer_may_be_cut_any_number_of_times_while_it_gets_on(serve, folder):
    server = serve(then=cut(1))
    assert fetched(folder, server.url) == [1] * 13
    assert server.ranges == [None, *(f"bytes={n}-" for n in range(1, 14))]


def test_stalled_transfer_is_resumed(serve, folder, monkeypatch):
    monkeypatch.setattr(transfer, "SECONDS_OF_SILENCE", 0.1)
    server = serve(stalled)
    fetched(folder, server.url)
    assert server.ranges == [None, "bytes=7-"]


@pytest.mark.parametrize("behaviour", [reset, no_http, cut(0)])
def test_attempt_that_brings_nothing_is_repeated_after_growing_pauses(serve, folder, behaviour):
    server = serve(cut(9), behaviour, behaviour, behaviour)
    assert fetched(folder, server.url) == [1, 1, 2, 4]
    assert server.ranges[1:] == ["bytes=9-"] * 4


def test_chunked_transfer_that_is_cut_is_resumed(serve, folder):
    server = serve(chunked_and_cut)
    fetched(folder, server.url)
    assert server.ranges == [None, "bytes=5-"]


def test_partial_answers_are_put_together(serve, folder):
    server = serve(then=piece)
    fetched(folder, server.url)
    assert server.ranges == [None, "bytes=5-", "bytes=10-"]


def test_server_without_ranges_sends_it_all_again(serve, folder):
    server = serve(cut(9), without_ranges)
    fetched(folder, server.url)
    assert server.ranges == [None, "bytes=9-"]


def test_server_without_ranges_that_never_gets_further_is_given_up(serve, folder):
    def always_cut(request, content):
        answer(request, content[:9], Content_Length=14)

    server = serve(then=always_cut)
    refusal(folder, server.url, kept=CONTENT[:9])
    assert len(server.ranges) == 1 + 5


def test_server_without_ranges_gets_further_only_beyond_the_furthest_byte(serve, folder):
    def cut_at(sent):
        return lambda request, content: answer(request, content[:sent], Content_Length=14)

    server = serve(*[cut_at(3), cut_at(9)] * 10, then=missing)
    refusal(folder, server.url, kept=CONTENT[:9])
    assert len(server.ranges) == 2 + 5


@pytest.mark.parametrize("behaviour", [other_start, nonsense_range])
def test_answer_to_another_question_makes_it_start_over(serve, folder, behaviour):
    server = serve(cut(9), behaviour, cut(9), behaviour)
    fetched(folder, server.url)
    assert server.ranges == [None, "bytes=9-", None, "bytes=9-", None]


def test_part_that_nobody_asked_for_is_no_archive(serve, folder):
    server = serve(other_start)
    fetched(folder, server.url)
    assert server.ranges == [None, None]


def test_server_that_has_no_more_of_an_unfinished_file_makes_it_start_over(serve, folder):
    server = serve(cut(9), no_such_range)
    fetched(folder, server.url)
    assert server.ranges == [None, "bytes=9-", None]


@pytest.mark.parametrize("behaviour", [honest, no_such_range])
def test_partial_file_that_is_complete_already_is_only_checked(serve, folder, behaviour):
    (folder / ".archive.zip.part").write_bytes(CONTENT)
    server = serve(behaviour)
    assert fetched(folder, server.url) == []
    assert server.ranges == ["bytes=14-"]


def test_five_attempts_in_a_row_without_a_new_byte_are_the_end(serve, folder):
    server = serve(cut(4), busy, busy, busy, cut(5), then=busy)
    message = refusal(folder, server.url, kept=CONTENT[:9])
    assert len(server.ranges) == 5 + 5
    assert "503" in message
    assert "kept" in message


@pytest.mark.parametrize("behaviour", [reset, no_http, cut(0)])
def test_nothing_is_kept_of_nothing(serve, folder, behaviour):
    assert "kept" not in refusal(folder, serve(then=behaviour).url)


def test_server_that_sends_less_than_it_announces_is_refused(serve, folder):
    refusal(folder, serve(then=announced_too_long).url, kept=CONTENT)


def test_announced_length_that_was_wrong_once_does_no_harm(serve, folder):
    fetched(folder, serve(announced_too_long).url)


def test_server_that_sends_more_than_it_announces_is_refused(serve, folder):
    assert MD5 in refusal(folder, serve(then=announced_too_short).url)


# --------------------------------------------------------------------------------------------- what a server answers


def test_busy_server_is_asked_again(serve, folder):
    server = serve(busy, busy)
    assert fetched(folder, server.url) == [1, 2]
    assert server.ranges == [None] * 3


@pytest.mark.parametrize(("asked", "pause"), [("7", 7), ("0", 1), ("86400", 300), ("Fri, 31 Dec 1999 23:59:59 GMT", 1)])
def test_server_says_when_to_come_back(serve, folder, asked, pause):
    assert fetched(folder, serve(busy_for(asked)).url) == [pause]


def test_missing_file_is_looked_for_at_the_next_mirror_at_once(serve, folder):
    first, second = serve(then=missing), serve()
    assert fetched(folder, first.url, second.url) == []
    assert first.ranges == second.ranges == [None]


def test_refusal_of_a_range_that_nobody_asked_for_is_final(serve, folder):
    server = serve(then=no_such_range)
    assert "416" in refusal(folder, server.url)
    assert server.ranges == [None]


def test_dead_mirror_is_left_for_the_next(dead, serve, folder):
    assert fetched(folder, dead, serve().url) == [1, 2, 4, 8]


def test_next_mirror_goes_on_where_the_first_has_stopped(serve, folder):
    first, second = serve(cut(9), then=missing), serve()
    fetched(folder, first.url, second.url)
    assert first.ranges == [None, "bytes=9-"]
    assert second.ranges == ["bytes=9-"]


@pytest.mark.parametrize("address", ["http://", "http://[::1", "https://host:port/x", "http://exämple.org/ä"])
def test_malformed_address_is_refused(folder, address):
    assert address in refusal(folder, address)


# ----------------------------------------------------------------------------------------------------- wrong bytes


def test_wrong_bytes_are_named_and_not_fetched_twice(serve, folder):
    server = serve(content=b"a")
    message = refusal(folder, server.url)
    assert "0cc175b9c0f1b6a831c399e269772661" in message  # RFC 1321
    assert MD5 in message
    assert server.ranges == [None]


def test_wrong_bytes_of_one_mirror_do_not_reach_the_next(serve, folder):
    second = serve()
    fetched(folder, serve(then=other_bytes).url, second.url)
    assert second.ranges == [None]


def test_mirror_is_not_blamed_for_the_bytes_of_another(serve, folder):
    (folder / ".archive.zip.part").write_bytes(b"rubbish")
    server = serve()
    fetched(folder, server.url)
    assert server.ranges == ["bytes=7-", None]


@pytest.mark.parametrize("size", [len(CONTENT), len(CONTENT) + 1])
def test_rubbish_as_long_as_the_file_or_longer_ends_right(serve, folder, size):
    (folder / ".archive.zip.part").write_bytes(bytes(size))
    fetched(folder, serve().url)


def test_wrong_bytes_after_a_fresh_start_are_the_mirrors_fault(serve, folder):
    (folder / ".archive.zip.part").write_bytes(b"rubbish")
    server = serve(then=other_bytes)
    refusal(folder, server.url)
    assert server.ranges == ["bytes=7-", None]


# ------------------------------------------------------------------------------------------------------ local files


@pytest.fixture
def own(tmp_path):
    """The user's archive."""
    path = tmp_path / "own" / "archive.zip"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


def stage(folder, own, *mirrors):
    sources = {"folder": own and str(own), "mirrors": [str(mirror) for mirror in mirrors]}
    fetch_archive.main(sources=sources, archive=folder / "archive.zip", settings=fetch_archive.Settings(MD5))
    assert [path.name for path in folder.iterdir()] == ["archive.zip"]
    assert (folder / "archive.zip").read_bytes() == CONTENT


def test_local_file_is_linked_not_copied(own, folder):
    fetched(folder, own)
    assert (folder / "archive.zip").samefile(own)


def test_local_file_does_not_look_new_after_a_job(own, folder):
    os.utime(own, (1, 1))
    fetched(folder, own)
    os.utime(folder / "archive.zip", follow_symlinks=False)  # what Snakemake does with each output
    assert own.stat().st_mtime == 1


def test_local_file_with_a_relative_path_is_copied(own, folder, monkeypatch):
    monkeypatch.chdir(own.parent)
    fetched(folder, own.name)
    assert not (folder / "archive.zip").is_symlink()


def no_link(*arguments, **options):
    raise OSError(errno.EPERM, "Operation not permitted")


def test_local_file_is_copied_where_it_cannot_be_linked(own, folder, monkeypatch):
    monkeypatch.setattr(os, "symlink", no_link)
    fetched(folder, own)
    assert not (folder / "archive.zip").samefile(own)
    assert own.read_bytes() == CONTENT


def test_copy_is_checked_too(own, folder, monkeypatch):
    monkeypatch.setattr(os, "symlink", no_link)
    monkeypatch.setattr(shutil, "copyfile", lambda source, target: Path(target).write_bytes(CONTENT[:-1]))
    assert MD5 in refusal(folder, own)


def test_link_to_a_local_file_is_followed(own, folder, tmp_path):
    (tmp_path / "link.zip").symlink_to(own)
    fetched(folder, tmp_path / "link.zip")
    (tmp_path / "link.zip").unlink()
    assert (folder / "archive.zip").read_bytes() == CONTENT


def test_file_that_is_in_place_already_stays(folder):
    (folder / "archive.zip").write_bytes(CONTENT)
    fetched(folder, folder / "archive.zip")


def test_download_after_a_kill_between_link_and_rename_spares_the_users_file(own, folder, serve, monkeypatch):
    class KilledError(BaseException):
        pass

    def killed(*arguments, **options):
        raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(Path, "replace", killed)
        patch.setattr(Path, "unlink", lambda *arguments, **options: None)  # a killed process cleans nothing up
        fetch([own], MD5, folder / "archive.zip")
    assert len(list(folder.iterdir())) == 1
    own.write_bytes(b"a")  # through the same inode
    fetched(folder, serve().url)
    assert own.read_bytes() == b"a"


def test_folder_of_the_user_comes_first(own, folder, serve):
    server = serve()
    stage(folder, own.parent, server.url)
    assert server.ranges == []


@pytest.mark.parametrize("content", [None, b"a"])
def test_archive_that_the_user_has_not_or_has_wrong_is_downloaded(own, folder, serve, content):
    own.unlink() if content is None else own.write_bytes(content)
    stage(folder, own.parent, serve().url)
    assert (own.read_bytes() if own.exists() else None) == content


def test_wrong_file_of_the_user_does_not_cost_what_was_downloaded(own, folder, serve):
    own.write_bytes(b"a")
    (folder / ".archive.zip.part").write_bytes(CONTENT[:9])
    server = serve()
    stage(folder, own.parent, server.url)
    assert server.ranges == ["bytes=9-"]


def test_local_mirror_is_relative_to_the_working_directory(own, tmp_path, folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stage(folder, None, "own/archive.zip")


def test_folder_for_the_download_is_made(own, tmp_path):
    fetch([own], MD5, tmp_path / "new" / "folder" / "archive.zip")
    assert (tmp_path / "new" / "folder" / "archive.zip").read_bytes() == CONTENT


def test_partial_download_goes_when_a_local_file_does_it(own, folder):
    (folder / ".archive.zip.part").write_bytes(CONTENT[:9])
    fetched(folder, own)


def test_local_source_that_is_no_file_is_named(tmp_path, folder):
    os.mkfifo(tmp_path / "pipe")
    for source in [tmp_path / "absent.zip", tmp_path, tmp_path / "pipe"]:
        assert f"{source}: no such file" in refusal(folder, source)


# -------------------------------------------------------------------------------------------------------- in the end


def test_every_source_is_named_with_its_reason(own, dead, folder, serve):
    own.write_bytes(b"a")
    gone = serve(then=missing).url
    message = refusal(folder, own, gone, dead)
    assert f"{own}: its md5 is 0cc175b9c0f1b6a831c399e269772661, expected {MD5}" in message
    assert f"{gone}: the server answers 404" in message
    assert re.search(f"{dead}: [^;]*refused", message)


def test_failure_says_what_is_kept_for_the_next_run(folder, serve):
    content = bytes(3 * MIB)
    server = serve(cut(2 * MIB), content=content, then=cut(0))
    message = refusal(folder, server.url, kept=content[: 2 * MIB])
    assert "cut at 2.0 of 3.0 MiB" in message
    assert "2.0 MiB are kept" in message


def test_failure_keeps_an_earlier_archive(tmp_path, folder):
    (folder / "archive.zip").write_bytes(b"earlier")
    with pytest.raises(UserError):
        fetch([tmp_path / "absent.zip"], MD5, folder / "archive.zip")
    assert (folder / "archive.zip").read_bytes() == b"earlier"


def test_file_that_does_not_fit_on_the_disk_is_not_begun(folder, serve, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(8 * MIB, 6 * MIB, 2 * MIB))
    message = refusal(folder, serve(content=bytes(3 * MIB)).url)
    assert "3.0 MiB" in message
    assert "2.0 MiB" in message


def test_what_is_there_already_needs_no_room(folder, serve, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(14, 9, 5))
    (folder / ".archive.zip.part").write_bytes(CONTENT[:9])
    fetched(folder, serve().url)


def test_full_disk_is_not_taken_for_a_bad_line(folder, serve):
    (folder / ".archive.zip.part").symlink_to("/dev/full")
    first, second = serve(), serve()
    assert "No space left" in refusal(folder, first.url, second.url)
    assert first.ranges == [None]
    assert second.ranges == []


def test_progress_counts_what_is_there_already(folder, serve, caplog):
    content = bytes(3 * MIB)
    (folder / ".archive.zip.part").write_bytes(content[: 2 * MIB])
    with caplog.at_level("INFO"):
        fetched(folder, serve(content=content).url, content=content)
    assert "downloading: 3 of 3, " in caplog.text


def test_killed_download_is_resumed_by_the_same_command(folder, serve, tmp_path):
    content = bytes(range(256)) * 4096
    server = serve(stalled, content=content)
    options = {
        "sources": json.dumps({"folder": None, "mirrors": [server.url]}),
        "archive": folder / "archive.zip",
        "settings": json.dumps({"md5": hashlib.md5(content).hexdigest()}),
        "log": tmp_path / "log.txt",
    }
    command = [sys.executable, "-m", "workflow_scripts.data.fetch_archive"]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    root = Path(__file__).parents[2]
    partial = folder / ".archive.zip.part"
    with subprocess.Popen(command, cwd=root) as process:
        while not partial.exists() or partial.stat().st_size < len(content) // 4:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert [path.name for path in folder.iterdir()] == [".archive.zip.part"]
    subprocess.run(command, cwd=root, check=True)
    assert (folder / "archive.zip").read_bytes() == content
    assert int(server.ranges[1].removeprefix("bytes=").removesuffix("-")) >= len(content) // 4


@given(
    script=st.lists(st.sampled_from(BEHAVIOURS), max_size=8),
    then=st.sampled_from(BEHAVIOURS),
    left=st.binary(max_size=20) | st.integers(0, len(CONTENT)).map(lambda size: CONTENT[:size]),
)
def test_any_server_ends_in_the_right_file_or_none_and_poisons_nothing(script, then, left):
    bad, good = Server(*script, then=then), Server()
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive.zip"
        archive.with_name(".archive.zip.part").write_bytes(left)
        try:
            fetch([bad.url], MD5, archive, wait=lambda seconds: None)
        except UserError:
            assert not archive.exists()
            fetch([good.url], MD5, archive, wait=lambda seconds: None)
        finally:
            bad.stop()
            good.stop()
        assert [path.name for path in Path(folder).iterdir()] == ["archive.zip"]
        assert archive.read_bytes() == CONTENT


# ------------------------------------------------------------------ what is kept is kept


def test_what_is_there_and_right_is_not_fetched_again(folder, serve):
    """An orphan of a killed run has finished it while this one waited."""
    (folder / "archive.zip").write_bytes(CONTENT)
    server = serve()
    fetched(folder, server.url)
    assert server.ranges == []


@pytest.mark.parametrize("portal", [lambda request, content: answer(request, b"<html>"), cut(3), without_ranges])
def test_a_mirror_without_ranges_does_not_destroy_what_is_kept(folder, serve, portal):
    (folder / ".archive.zip.part").write_bytes(CONTENT[:9])
    first = serve(lambda request, content: portal(without_range(request), content[:6]), then=missing)
    second = serve()
    fetched(folder, first.url, second.url)
    assert second.ranges == ["bytes=9-"]


def without_range(request):
    del request.headers["Range"]
    return request


def test_the_total_may_be_unknown_when_it_goes_on(folder, serve):
    def unknown_total(request, content):
        start = asked_from(request)
        answer(request, content[start:], 206, Content_Range=f"bytes {start}-{len(content) - 1}/*")

    server = serve(cut(9), unknown_total)
    fetched(folder, server.url)
    assert server.ranges == [None, "bytes=9-"]


def test_an_answer_without_a_length_that_is_not_the_file_may_have_been_cut(folder, serve):
    server = serve(lambda request, content: unannounced(request, content[:5]))
    fetched(folder, server.url)
    assert server.ranges == [None, "bytes=5-"]


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/archive.zip", "file:///etc/hostname", "data:,x"])
def test_no_server_leads_elsewhere_than_to_http(folder, serve, address):
    away = serve(then=lambda request, content: answer(request, b"", 302, Location=address))
    fetched(folder, away.url, serve().url)


def test_a_full_disk_does_not_cost_what_was_downloaded(folder, serve, monkeypatch):
    (folder / ".archive.zip.part").write_bytes(CONTENT[:9])

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(transfer, "_write", full)
        assert "make room" in refusal(folder, serve().url, kept=CONTENT[:9])
    server = serve()
    fetched(folder, server.url)
    assert server.ranges == ["bytes=9-"]


def test_what_a_killed_answer_from_the_beginning_has_left_goes(folder, serve):
    (folder / ".archive.zip.part").write_bytes(CONTENT[:9])
    (folder / ".archive.zip.part.new").write_bytes(CONTENT[:3])
    fetched(folder, serve().url)


def test_a_source_that_fails_is_said_where_people_look(folder, serve, tmp_path, capsys):
    (tmp_path / "wrong.zip").write_bytes(b"a")
    fetched(folder, tmp_path / "wrong.zip", serve().url)
    assert "wrong.zip: its md5 is 0cc175b9c0f1b6a831c399e269772661" in capsys.readouterr().err  # RFC 1321
