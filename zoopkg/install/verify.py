"""Checking a data folder to the byte: every file hashed against what the lock wants, wrong and missing ones told."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from zoopkg.errors import explaining
from zoopkg.install.plan import Wanted
from zoopkg.install.tree import Tree
from zoopkg.store.objects import hash_file

_CHUNK = 64
_CHUNK_BYTES = 8 << 20


class Fault(StrEnum):
    """What is wrong with a file."""

    MISSING = "missing"
    CHANGED = "changed"
    NOT_A_FILE = "not a file"


@dataclass(frozen=True, slots=True)
class Finding:
    """A path of the data folder that is not as the lock has it."""

    path: str
    fault: Fault


def verify(tree: Tree, wanted: Mapping[str, Wanted], jobs: int, advance: Callable[[int], None]) -> tuple[Finding, ...]:
    """Hash every wanted file of a data folder.

    Args:
        tree: the data folder.
        wanted: every path that it is to have, and its content.
        jobs: how many files to hash at once.
        advance: told of bytes as they are read.
    """
    tree.refuse_links(wanted)

    def check(chunk: Sequence[tuple[str, Wanted]]) -> list[Finding]:
        return list(_check(tree, chunk, advance))

    with explaining("read the data folder"), ThreadPoolExecutor(jobs) as executor:
        return tuple(finding for findings in executor.map(check, _chunks(wanted)) for finding in findings)


def _chunks(wanted: Mapping[str, Wanted]) -> Iterator[list[tuple[str, Wanted]]]:
    """Some files at a time: so many that handing them out costs little, so few bytes that all workers end together."""
    chunk: list[tuple[str, Wanted]] = []
    size = 0
    for path, want in wanted.items():
        chunk.append((path, want))
        size += want.size
        if len(chunk) == _CHUNK or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _check(tree: Tree, chunk: Sequence[tuple[str, Wanted]], advance: Callable[[int], None]) -> Iterator[Finding]:
    for path, want in chunk:
        full = tree.path(path)
        try:
            status = os.stat(full)
        except (FileNotFoundError, NotADirectoryError):
            yield Finding(path, Fault.MISSING)
            continue
        if not stat.S_ISREG(status.st_mode):
            yield Finding(path, Fault.NOT_A_FILE)
        elif status.st_size != want.size or hash_file(full) != want.digest:
            yield Finding(path, Fault.CHANGED)
        advance(want.size)
