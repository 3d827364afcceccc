"""Which files of a folder make the pack, and what must not be in it."""

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from filesystems import another_user
from small_folders import make_folder

from zoopkg.errors import UsageError, ZooError
from zoopkg.pack.build import read_recipe
from zoopkg.pack.walk import walk


def walked(folder: Path) -> list[str]:
    return walk(folder, read_recipe(folder))


def test_files_come_sorted_without_what_describes_the_pack(tmp_path: Path) -> None:
    names = ["b", "a/z", "a.txt", "a/README.md", "a/pack.toml", "C/d", ".hidden", "README.md", "review.toml"]
    folder = make_folder(tmp_path / "pack", dict.fromkeys(names, b""))
    assert walked(folder) == [".hidden", "C/d", "a.txt", "a/README.md", "a/pack.toml", "a/z", "b"]


def test_patterns_and_defaults_leave_files_out(tmp_path: Path) -> None:
    names = ["a.dcm", "a.txt", "drafts/b.dcm", "sub/c.dcm", ".git/config.dcm", "sub/.git/x.dcm", "sub/Thumbs.db"]
    more = "include = ['*.dcm']\nexclude = ['drafts']"
    folder = make_folder(tmp_path / "pack", dict.fromkeys(names, b""), more=more)
    assert walked(folder) == ["a.dcm", "sub/c.dcm"]


def test_a_link_within_the_folder_is_its_file(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pack", {"a": b"x"})
    (folder / "b").symlink_to("a")
    assert walked(folder) == ["a", "b"]


def test_a_folder_given_by_a_link(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pack", {"a": b"x"})
    (tmp_path / "link").symlink_to(folder)
    assert walked(tmp_path / "link") == ["a"]


def make_socket(path: Path) -> None:
    os.chdir(path.parent)  # the path of a socket has 107 bytes at most
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.symlink_to("/etc/hostname"), "bad is a symbolic link that leaves the folder"),
        (lambda path: path.symlink_to("../outside"), "bad is a symbolic link that leaves the folder"),
        (lambda path: path.symlink_to("../pack"), "bad is a symbolic link that leaves the folder"),
        (lambda path: path.symlink_to("../pack-2/x"), "bad is a symbolic link that leaves the folder"),
        (lambda path: path.symlink_to("sub"), "bad is neither a file nor a folder"),
        (lambda path: path.symlink_to("missing"), "is a symbolic link to nothing"),
        (lambda path: path.symlink_to("bad"), "is a symbolic link to nothing"),
        (os.mkfifo, "bad is neither a file nor a folder"),
        (make_socket, "bad is neither a file nor a folder"),
    ],
    ids=["absolute", "outside", "the folder", "a neighbour", "to a folder", "dangling", "to itself", "fifo", "socket"],
)
def test_what_is_no_file_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = make_folder(tmp_path / "pack", {"a": b"x", "sub/b": b"x"})
    (tmp_path / "outside").write_bytes(b"secret")
    make_folder(tmp_path / "pack-2", {"x": b"secret"})
    make(folder / "bad")
    with pytest.raises(ZooError, match=why):
        walked(folder)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["a", "A"], "'A' and 'a' are one file on some file systems"),
        (["stra\u00dfe/x", "STRASSE/x"], "are one file on some file systems"),
        (["nul.dcm"], "a name that Windows reserves"),
        (["a."], "ends in a dot or a space"),
        (["a:b"], "holds the character ':'"),
        (["a\\b"], "holds the character"),
        (["e\u0301"], "is not in Unicode normal form C"),
        (["\udcff"], "is not valid Unicode"),
        ([], "holds no file for a pack"),
    ],
)
def test_names_that_not_every_system_takes(tmp_path: Path, names: list[str], why: str) -> None:
    folder = make_folder(tmp_path / "pack", dict.fromkeys(names, b""))
    with pytest.raises(UsageError, match=why) as caught:
        walked(folder)
    assert caught.value.hint
    assert str(folder) in caught.value.message


def test_a_folder_that_cannot_be_read() -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = make_folder(Path(place) / "pack", {"a": b"x", "sub/b": b"y"})
        recipe = read_recipe(folder)
        (folder / "sub").chmod(0)
        with (
            another_user(),
            pytest.raises(ZooError, match=r"cannot read the folder .*: permission denied .*sub"),
        ):
            walk(folder, recipe)
