"""The adapter for folders, beyond the contract: which URLs are files of this machine, and what is no regular file."""

import os
from pathlib import Path

import pytest

from zoopkg.transport.base import OverlongError, Span, TransportError
from zoopkg.transport.file import FileOpener, path_of, url_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///srv/zoo/a%20b", "/srv/zoo/a b"),
        ("file:/srv/zoo", "/srv/zoo"),
        ("file://localhost/srv/zoo", "/srv/zoo"),
        ("file:///h%C3%A4", "/hä"),
        ("file:///%ff", os.fsdecode(b"/\xff")),
    ],
)
def test_paths(url, path):
    assert path_of(url, windows=False) == path


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///C:/zoo/a%20b", r"C:\zoo\a b"),
        ("file:///c:/", "c:\\"),
        ("file://localhost/C:/zoo", r"C:\zoo"),
        ("file://server/share/zoo", r"\\server\share\zoo"),
    ],
)
def test_paths_of_windows(url, path):
    assert path_of(url, windows=True) == path


@pytest.mark.parametrize(
    "url", ["file:///a?b", "file:///a#b", "file:///a%00b", "file:a", "http://h/a", "file://server/a"]
)
def test_what_is_no_file_of_this_machine(url):
    with pytest.raises(TransportError) as caught:
        path_of(url, windows=False)
    assert caught.value.permanent


def test_urls_and_paths_are_each_others_inverse(tmp_path):
    for name in ("a b", "50%", "ä#?", os.fsdecode(b"\xff\xfe")):
        assert path_of(url_of(tmp_path / name)) == str(tmp_path / name)


def test_urls_of_relative_paths_are_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert url_of("zoo") == (tmp_path / "zoo").as_uri()


def test_folders_pipes_and_devices_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(TransportError, match="not a regular file") as caught:
            FileOpener().open(url_of(path), limit=10)
        assert caught.value.permanent


def test_links_are_followed(tmp_path):
    (tmp_path / "data").write_bytes(b"data")
    (tmp_path / "link").symlink_to("data")
    with FileOpener().open(url_of(tmp_path / "link"), limit=4) as body:
        assert b"".join(body) == b"data"


def test_what_fails_is_not_missing(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(TransportError, match="could not be read"):
        FileOpener().open(url_of(tmp_path / "loop"), limit=10)


def test_a_file_that_shrinks_fails(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"x" * 100)
    with FileOpener().open(url_of(path), limit=100) as body:
        os.truncate(path, 50)
        pieces = iter(body)
        assert next(pieces) == b"x" * 50
        with pytest.raises(TransportError, match="shorter"):
            next(pieces)


def test_a_file_that_grows_ends_where_it_ended(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"x" * 100)
    with FileOpener().open(url_of(path), limit=100) as body:
        with path.open("ab") as more:
            more.write(b"y" * 100)
        assert b"".join(body) == b"x" * 100


def test_the_validator_changes_with_the_file(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"x" * 100)
    with FileOpener().open(url_of(path), limit=100) as body:
        before = body.validator
    path.unlink()
    (tmp_path / "other").write_bytes(b"")
    path.write_bytes(b"y" * 101)
    with FileOpener().open(url_of(path), limit=101, span=Span(10, 10), validator=before) as body:
        assert (body.start, body.total) == (0, 101)
    with pytest.raises(OverlongError):
        FileOpener().open(url_of(path), limit=100)
