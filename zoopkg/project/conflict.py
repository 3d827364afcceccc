"""What Git leaves in a file that two branches changed in one place: finding it, and taking the sides apart. Pure text.

The markers are those of `git merge`, with or without the common ancestor (`merge.conflictStyle` diff3 and zdiff3).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from zoopkg.errors import LockOutdatedError, UsageError

_OURS, _BASE, _MIDDLE, _THEIRS = "<<<<<<<", "|||||||", "=======", ">>>>>>>"


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Some lines: the same on both sides, or not."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def conflict_line(data: bytes) -> int:
    """The number of the line where the first conflict begins, 0 where there is none."""
    if f"{_OURS} ".encode() not in data:
        return 0
    lines = data.split(b"\n")
    return next((number for number, line in enumerate(lines, 1) if line.startswith(f"{_OURS} ".encode())), 0)


MEND = "Run `zoopkg lock`: it keeps what both sides pin, and locks anew what they disagree on."
JOIN = "Run `zoopkg lock`: it joins the two sides, where they do not ask for one pack in different ways."
BY_HAND = "Decide by hand what the project asks for, then run `zoopkg lock` for the rest."


def refuse_conflict(data: bytes, document: str, hint: str = MEND) -> None:
    """Refuse a file that waits for a merge to be finished.

    Raises:
        LockOutdatedError: names the line.
    """
    if number := conflict_line(data):
        raise LockOutdatedError(
            f"{document}, line {number}: a merge left both sides of a conflict in it",
            hint=hint,
        )


def sides(data: bytes, document: str) -> tuple[bytes, bytes]:
    """The file as each side of the merge would have it, conflict by conflict.

    Raises:
        UsageError: the markers do not match one another, or the text is not UTF-8.
    """
    hunks = list(_hunks(data, document))
    ours = "".join(line for hunk in hunks for line in hunk.ours)
    theirs = "".join(line for hunk in hunks for line in hunk.theirs)
    return ours.encode(), theirs.encode()


def union(data: bytes, document: str) -> bytes:
    """The file with the lines of both sides of every conflict, those of the other side once more only where new.

    Raises:
        UsageError: as for `sides`.
    """
    lines: list[str] = []
    for hunk in _hunks(data, document):
        lines += hunk.ours
        if hunk.theirs is not hunk.ours:
            known = set(hunk.ours)
            lines += [line for line in hunk.theirs if line not in known]
    return "".join(lines).encode()


def _hunks(data: bytes, document: str) -> Iterator[_Hunk]:
    try:
        lines = data.decode("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise UsageError(f"{document} is not UTF-8", hint="Save the file as UTF-8.") from error
    ours: list[str] = []
    theirs: list[str] = []
    part = ""
    for number, line in enumerate(lines, 1):
        marker = next((m for m in (_OURS, _BASE, _MIDDLE, _THEIRS) if line.rstrip("\r\n").split(" ")[0] == m), "")
        if not marker:
            if part == "":
                yield _both(line)
            elif part != _BASE:
                (ours if part == _OURS else theirs).append(line)
            continue
        if part not in _BEFORE[marker]:
            raise UsageError(
                f"{document}, line {number}: this conflict marker has no counterpart",
                hint="Finish the merge by hand, or restore the file from version control.",
            )
        part = "" if marker == _THEIRS else marker
        if marker == _THEIRS:
            yield _Hunk(tuple(ours), tuple(theirs))
            ours, theirs = [], []
    if part:
        raise UsageError(f"{document} ends within a conflict", hint="Restore the file from version control.")


_BEFORE = {_OURS: ("",), _BASE: (_OURS,), _MIDDLE: (_OURS, _BASE), _THEIRS: (_MIDDLE,)}


def _both(line: str) -> _Hunk:
    same = (line,)
    return _Hunk(same, same)
