"""The two sides of a merge: taken apart as Git put them together, whatever its style, and what is no merge."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law

from zoopkg.errors import LockOutdatedError, UsageError
from zoopkg.project.conflict import conflict_line, refuse_conflict, sides, union

BASE, OURS, THEIRS = "a\nb\nz\n", "a\nx\nb\nz\n", "a\nx\ny\nb\nz\n"
PLAIN = "a\n<<<<<<< HEAD\nx\n=======\nx\ny\n>>>>>>> other\nz\n"
DIFF3 = PLAIN.replace("=======", "||||||| base\nb\n=======")


@pytest.mark.parametrize("text", [PLAIN, DIFF3, PLAIN.replace("\n", "\r\n")])
def test_the_sides_of_a_conflict(text: str) -> None:
    ours, theirs = (side.decode().split() for side in sides(text.encode(), "it"))
    assert (ours, theirs) == (["a", "x", "z"], ["a", "x", "y", "z"])
    assert union(text.encode(), "it").decode().split() == ["a", "x", "y", "z"]


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_what_git_makes_of_two_files(tmp_path: Path, style: str) -> None:
    texts = {"ours": "a\none\nz\n", "base": "a\nz\n", "theirs": "a\ntwo\nz\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    git = ["git", "-c", f"merge.conflictStyle={style}", "merge-file", "-p", *texts]
    merged = subprocess.run(git, cwd=tmp_path, capture_output=True, check=False).stdout
    assert conflict_line(merged) == 2
    assert [side.decode() for side in sides(merged, "it")] == [texts["ours"], texts["theirs"]]
    assert union(merged, "it").decode() == "a\none\ntwo\nz\n"


lines = st.lists(st.text("abc =<>|\u00e9", max_size=6).filter(lambda line: line[:7].strip() == line[:7]), max_size=5)


@law
@given(lines, lines, lines, lines)
def test_taking_apart_undoes_putting_together(
    before: list[str], ours: list[str], theirs: list[str], after: list[str]
) -> None:
    def joined(*parts: list[str]) -> str:
        return "".join(f"{line}\n" for part in parts for line in part)

    text = joined(before, ["<<<<<<< o"], ours, ["======="], theirs, [">>>>>>> t"], after).encode()
    assert sides(text, "it") == (joined(before, ours, after).encode(), joined(before, theirs, after).encode())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<<<<<<< o\na\n", "it ends within a conflict"),
        ("a\n=======\nb\n", "it, line 2: this conflict marker has no counterpart"),
        ("<<<<<<< o\n<<<<<<< o\n", "it, line 2"),
        (">>>>>>> t\n", "it, line 1"),
        ("<<<<<<< o\n=======\n||||||| b\n>>>>>>> t\n", "it, line 3"),
    ],
)
def test_markers_that_do_not_match(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        sides(text.encode(), "it")


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(UsageError, match="not UTF-8"):
        sides(b"<<<<<<< \xff", "it")


def test_only_a_marker_at_the_start_of_a_line_is_one() -> None:
    assert conflict_line(b"a <<<<<<< b\n") == 0
    assert conflict_line(b"a\n<<<<<<< b\n") == 2
    refuse_conflict(b"a <<<<<<< b\n", "it")
    with pytest.raises(LockOutdatedError, match="it, line 2"):
        refuse_conflict(b"a\n<<<<<<< b\n", "it")
