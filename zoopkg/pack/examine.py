"""Looking at every file of a pack once: its digest, its size, its facets. In parallel, in processes where it pays.

A file that cannot be understood is still an instance; one that cannot be read is an error. Writes nothing.
"""

import mmap
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from blake3 import blake3

from zoopkg.dicom.inspect import inspect
from zoopkg.errors import ZooError, from_os
from zoopkg.model.digest import Digest
from zoopkg.model.instance import MAX_INSTANCE, FacetValue

# Below this many files, starting processes takes longer than they save.
_WORTH_PROCESSES = 300
_CHUNK = 64
_MAP_BYTES = 1 << 20

# Digest, size and facets of a file, as processes send them: plain tuples are pickled several times faster than classes.
_Look: TypeAlias = tuple[bytes, int, dict[str, FacetValue]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What is known of a file after one look at it."""

    path: str
    digest: Digest
    size: int
    facets: Mapping[str, FacetValue]


def examine_all(folder: Path, paths: Sequence[str], jobs: int) -> list[Examined]:
    """Every file's digest, size and facets, in the order of the paths.

    Raises:
        ZooError: a file that cannot be read.
    """
    chunks = [paths[i : i + _CHUNK] for i in range(0, len(paths), _CHUNK)]
    roots = [str(folder)] * len(chunks)
    if jobs == 1 or len(paths) < _WORTH_PROCESSES:
        return _collected(paths, map(_examine_chunk, roots, chunks))
    with _executor(jobs) as executor:
        return _collected(paths, executor.map(_examine_chunk, roots, chunks))


def _collected(paths: Sequence[str], chunks: Iterable[Sequence[_Look]]) -> list[Examined]:
    looks = (look for chunk in chunks for look in chunk)
    return [
        Examined(path, Digest(digest), size, facets) for path, (digest, size, facets) in zip(paths, looks, strict=True)
    ]


@contextmanager
def _executor(jobs: int) -> Iterator[Executor]:
    executor = ProcessPoolExecutor(max_workers=jobs)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _examine_chunk(folder: str, paths: Sequence[str]) -> list[_Look]:
    """Some files, one after the other: the unit of work of an executor."""
    return [_examine(folder, path) for path in paths]


def _examine(folder: str, path: str) -> _Look:
    full = os.path.join(folder, path)
    try:
        with open(full, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_INSTANCE:
                raise ZooError(f"{full} is larger than an instance may be, {MAX_INSTANCE} bytes")
            if size < _MAP_BYTES:
                return _look(file.read())
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
                return _look(view)
    except OSError as error:
        raise from_os(error, f"read {full}") from error


def _look(data: bytes | memoryview) -> _Look:
    return blake3(data).digest(), len(data), inspect(data)
