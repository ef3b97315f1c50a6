import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.download import fetch
from workflow_scripts.fetch_archive import main as fetch_archive

CONTENT = b"message digest"
MD5 = "f96b697d7cb7938d525a2f31aaf161d0"  # RFC 1321, appendix A.5


@pytest.fixture
def serve(monkeypatch):
    """Return a function that serves one answer on the loopback and returns its address."""
    monkeypatch.setenv("no_proxy", "*")
    servers = []

    def start(content=CONTENT, status=200, length=None):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                if length != "unannounced":
                    self.send_header("Content-Length", str(len(content) if length is None else length))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/archive.zip"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def refusal(source, folder, md5=MD5):
    """Return the message of the UserError that the fetch must end in; nothing may be left in ``folder``."""
    with pytest.raises(UserError) as error:
        fetch(source, md5, folder / "archive.zip")
    assert list(folder.iterdir()) == []
    message = str(error.value)
    assert "\n" not in message
    assert source in message
    return message


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "downloads"
    path.mkdir()
    return path


def test_download_is_stored_byte_for_byte(serve, folder):
    fetch(serve(), MD5, folder / "archive.zip")
    assert [path.name for path in folder.iterdir()] == ["archive.zip"]
    assert (folder / "archive.zip").read_bytes() == CONTENT


def test_download_of_several_blocks(serve, folder):
    content = bytes(range(256)) * 10_000
    fetch(serve(content), hashlib.md5(content).hexdigest(), folder / "archive.zip")
    assert (folder / "archive.zip").read_bytes() == content


def test_download_of_unannounced_length(serve, folder):
    fetch(serve(length="unannounced"), MD5, folder / "archive.zip")
    assert (folder / "archive.zip").read_bytes() == CONTENT


def test_wrong_bytes_are_refused(serve, folder):
    message = refusal(serve(b"a"), folder)
    assert "0cc175b9c0f1b6a831c399e269772661" in message  # RFC 1321
    assert MD5 in message


def test_truncated_transfer_is_refused(serve, folder):
    assert "got 14 of 20 bytes" in refusal(serve(length=20), folder)


def test_truncated_transfer_is_refused_even_if_the_md5_fits_what_came(serve, folder):
    assert "truncated" in refusal(serve(length=15), folder, MD5)


def test_http_error_is_named(serve, folder):
    assert "404" in refusal(serve(status=404), folder)


def test_refused_connection_is_named(folder, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken but not listening
        message = refusal(f"http://127.0.0.1:{unused.getsockname()[1]}/archive.zip", folder)
    assert "refused" in message


@pytest.mark.parametrize("address", ["http://", "http://[::1", "https://host:port/x"])
def test_malformed_address_is_refused(address, folder):
    refusal(address, folder)


def test_local_file_is_copied_and_stays(tmp_path, folder):
    source = tmp_path / "source.zip"
    source.write_bytes(CONTENT)
    fetch(str(source), MD5.upper(), folder / "archive.zip")
    assert (folder / "archive.zip").read_bytes() == source.read_bytes() == CONTENT


def test_local_path_is_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source.zip").write_bytes(CONTENT)
    fetch_archive(archive=tmp_path / "new" / "archive.zip", settings={"md5": MD5}, source="source.zip")
    assert (tmp_path / "new" / "archive.zip").read_bytes() == CONTENT


def test_missing_local_file_is_named(tmp_path, folder):
    assert "no such file" in refusal(str(tmp_path / "absent.zip"), folder)


def test_folder_instead_of_a_local_file_is_refused(tmp_path, folder):
    refusal(str(tmp_path), folder)


def test_wrong_local_file_is_refused(tmp_path, folder):
    (tmp_path / "source.zip").write_bytes(b"a")
    assert MD5 in refusal(str(tmp_path / "source.zip"), folder)


def test_failure_keeps_an_earlier_archive(tmp_path, folder):
    (folder / "archive.zip").write_bytes(b"earlier")
    with pytest.raises(UserError):
        fetch(str(tmp_path / "absent.zip"), MD5, folder / "archive.zip")
    assert (folder / "archive.zip").read_bytes() == b"earlier"
