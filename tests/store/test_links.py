"""Placing objects in a project by each mode: what a placed file is, what it shares, and what a failure leaves."""

import errno
import itertools
import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filesystems import image, tmpfs, umask

from zoopkg.errors import UsageError
from zoopkg.model.digest import Digest
from zoopkg.store.links import Linker, LinkMode
from zoopkg.store.objects import FIXED_NS
from zoopkg.store.store import Store

DATA = b"some bytes"
Put = Callable[[bytes], Digest]
PORTABLE = [LinkMode.HARDLINK, LinkMode.SYMLINK, LinkMode.COPY]


@pytest.fixture
def source(store: Store, put: Put) -> str:
    """The path of an object."""
    return store.objects.path(put(DATA))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder with a scratch folder in it."""
    (tmp_path / "project" / "scratch").mkdir(parents=True)
    return tmp_path / "project"


def linker(mode: LinkMode, source: str, project: Path) -> Linker:
    return Linker(mode, Path(source).parent, project / "scratch")


def scratch(project: Path, source: str) -> list[str]:
    """What is left over, on either side."""
    return os.listdir(project / "scratch") + [name for name in os.listdir(Path(source).parent) if name.startswith(".")]


@pytest.mark.parametrize("mode", PORTABLE)
def test_a_placed_file_has_the_bytes(mode: LinkMode, source: str, project: Path) -> None:
    link = linker(mode, source, project)
    assert link.mode is mode
    link.place(source, str(project / "file"))
    assert (project / "file").read_bytes() == DATA
    assert (project / "file").stat().st_mtime_ns == FIXED_NS
    assert scratch(project, source) == []


@pytest.mark.parametrize("mode", PORTABLE)
def test_nothing_is_overwritten_by_placing(mode: LinkMode, source: str, project: Path) -> None:
    (project / "file").write_bytes(b"a person's own")
    (project / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            linker(mode, source, project).place(source, str(project / name))
    assert (project / "file").read_bytes() == b"a person's own"
    assert scratch(project, source) == []


@pytest.mark.parametrize("mode", PORTABLE)
def test_replacing_takes_the_place_of_what_is_there(mode: LinkMode, source: str, project: Path) -> None:
    target = project / "file"
    target.write_bytes(b"damaged")
    for _ in range(2):
        linker(mode, source, project).replace(source, str(target))
        assert target.read_bytes() == DATA
        assert scratch(project, source) == []


def test_what_each_mode_shares(source: str, project: Path) -> None:
    for mode in PORTABLE:
        linker(mode, source, project).place(source, str(project / mode))
    assert os.path.samefile(project / LinkMode.HARDLINK, source)
    assert os.readlink(project / LinkMode.SYMLINK) == source
    assert not os.path.samefile(project / LinkMode.COPY, source)


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0, 0o644)])
def test_a_copy_may_be_edited_by_whom_the_umask_lets(source: str, project: Path, mask: int, mode: int) -> None:
    with umask(mask):
        linker(LinkMode.COPY, source, project).place(source, str(project / "file"))
    assert stat.S_IMODE((project / "file").stat().st_mode) == mode
    (project / "file").write_bytes(b"edited")
    assert Path(source).read_bytes() == DATA


def test_past_the_limit_of_links_files_are_copied(source: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = linker(LinkMode.HARDLINK, source, project)

    def full(source: str, target: str) -> None:
        raise OSError(errno.EMLINK, os.strerror(errno.EMLINK), source, None, target)

    monkeypatch.setattr(os, "link", full)
    with umask(0o022):
        link.place(source, str(project / "file"))
    status = (project / "file").stat()
    assert (project / "file").read_bytes() == DATA
    assert not os.path.samefile(project / "file", source)
    assert (stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (0o444, FIXED_NS)


def test_other_failures_are_not_hidden(source: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = linker(LinkMode.HARDLINK, source, project)

    def full(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), source, None, target)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space left"):
        link.place(source, str(project / "file"))
    with pytest.raises(FileNotFoundError):
        linker(LinkMode.COPY, source, project).place(source + "0", str(project / "file"))
    assert scratch(project, source) == []


@pytest.fixture
def other_disk(tmp_path: Path) -> "os.PathLike[str]":
    with tmpfs(tmp_path / "other", "1m") as disk:
        (disk / "scratch").mkdir()
        yield disk


def test_between_file_systems_files_are_copied(source: str, other_disk: Path) -> None:
    link = linker(LinkMode.AUTO, source, other_disk)
    assert link.mode is LinkMode.COPY
    link.place(source, str(other_disk / "file"))
    assert (other_disk / "file").read_bytes() == DATA
    assert scratch(other_disk, source) == []


@pytest.mark.parametrize("mode", [LinkMode.HARDLINK, LinkMode.REFLINK])
def test_a_mode_that_cannot_work_is_refused(mode: LinkMode, source: str, other_disk: Path) -> None:
    with pytest.raises(UsageError, match=f"the link mode {mode} does not work between") as caught:
        linker(mode, source, other_disk)
    assert caught.value.hint == "Leave out --link-mode, or choose copy."
    assert scratch(other_disk, source) == []


def test_a_store_that_cannot_be_written_to_is_copied_from(tmp_path: Path, project: Path) -> None:
    link = Linker(LinkMode.AUTO, tmp_path / "none", project / "scratch")
    assert link.mode is LinkMode.COPY
    assert Linker(LinkMode.SYMLINK, tmp_path / "none", project / "scratch").mode is LinkMode.SYMLINK


@pytest.mark.parametrize(("kind", "size"), [("btrfs", 120 << 20), ("xfs", 320 << 20)])
def test_reflinks_where_the_file_system_has_them(tmp_path: Path, kind: str, size: int) -> None:
    with image(tmp_path / "disk", kind, size) as disk, umask(0o022):
        store = Store.open(disk / "store")
        data = os.urandom(100_000)
        digest = Digest.of(data)
        with store.session([digest]) as session:
            session.put(digest, data)
        (disk / "scratch").mkdir()
        source = store.objects.path(digest)
        link = linker(LinkMode.AUTO, source, disk)
        assert link.mode is LinkMode.REFLINK
        link.place(source, str(disk / "file"))
        status = (disk / "file").stat()
        assert (disk / "file").read_bytes() == data
        assert not os.path.samefile(disk / "file", source)
        assert (stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (0o444, FIXED_NS)
        with pytest.raises(FileExistsError):
            link.place(source, str(disk / "file"))
        (disk / "file").chmod(0o644)
        (disk / "file").write_bytes(b"edited")
        link.replace(source, str(disk / "file"))
        assert (disk / "file").read_bytes() == data == Path(source).read_bytes()
        assert scratch(disk, source) == []


def test_an_object_that_another_session_puts_there_again(source: str, project: Path) -> None:
    """rename(2) over the source leaves link(2), if it looked a moment earlier, with an inode that has no name."""
    placing, over = linker(LinkMode.HARDLINK, source, project), threading.Event()

    def put_again() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            fresh = f"{source}.{number}"
            Path(fresh).write_bytes(DATA)
            os.replace(fresh, source)

    with ThreadPoolExecutor(1) as executor:
        putting = executor.submit(put_again)
        try:
            for number in range(3000):
                placing.place(source, str(project / str(number)))
        finally:
            over.set()
        putting.result()
    assert {path.read_bytes() for path in project.iterdir() if path.is_file()} == {DATA}
