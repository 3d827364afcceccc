"""Checking the whole store: every object is hashed, and the wrong ones are removed, to be fetched again when needed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from zoopkg.errors import explaining
from zoopkg.model.digest import Digest
from zoopkg.store.store import Store

_BATCH = 4096


class Told(Protocol):
    """Whom to tell how far the audit has come."""

    def begin(self, what: str, total: int) -> None:
        """It begins, over so many bytes."""
        ...

    def advance(self, count: int) -> None:
        """So many more bytes were checked."""
        ...


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found: how many objects of how many bytes it checked, and which were wrong and are gone."""

    checked: int
    size: int
    removed: tuple[Digest, ...]


def audit(store: Store, jobs: int, told: Told) -> Audit:
    """Hash every object of a store.

    Raises:
        ZooError: the store cannot be read.
    """
    checked = size = 0
    removed: list[Digest] = []

    def check(item: tuple[Digest, int]) -> Digest | None:
        told.advance(item[1])
        return None if store.objects.check(item[0]) else item[0]

    with explaining(f"check the store {store.root}"), ThreadPoolExecutor(jobs) as executor:
        told.begin("Checking", sum(size for _, size in _objects(store)))
        objects = _objects(store)
        while batch := list(islice(objects, _BATCH)):
            removed += [digest for digest in executor.map(check, batch) if digest is not None]
            checked += len(batch)
            size += sum(each for _, each in batch)
    return Audit(checked, size, tuple(removed))


def _objects(store: Store) -> Iterator[tuple[Digest, int]]:
    return ((digest, entry.stat(follow_symlinks=False).st_size) for digest, entry in store.all_objects())
