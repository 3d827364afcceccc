"""Looking at every file of a pack once: its digest, its size, its facets. In parallel, in processes where it pays.

A file that cannot be understood is still an instance; one that cannot be read is an error. Writes nothing.
"""

import mmap
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zoopkg.dicom.inspect import inspect
from zoopkg.errors import ZooError, from_os
from zoopkg.model.digest import Digest
from zoopkg.model.instance import MAX_INSTANCE, FacetValue

# Below this many files, starting processes takes longer than they save.
_WORTH_PROCESSES = 300
_CHUNK = 64
_MAP_BYTES = 1 << 20


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
        return [each for chunk in map(examine_chunk, roots, chunks) for each in chunk]
    with _executor(jobs) as executor:
        return [each for chunk in executor.map(examine_chunk, roots, chunks) for each in chunk]


@contextmanager
def _executor(jobs: int) -> Iterator[Executor]:
    executor = ProcessPoolExecutor(max_workers=jobs)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def examine_chunk(folder: str, paths: Sequence[str]) -> list[Examined]:
    """Some files, one after the other: the unit of work of an executor, here or on another machine."""
    return [_examine(folder, path) for path in paths]


def _examine(folder: str, path: str) -> Examined:
    full = os.path.join(folder, path)
    try:
        with open(full, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_INSTANCE:
                raise ZooError(f"{full} is larger than an instance may be, {MAX_INSTANCE} bytes")
            if size < _MAP_BYTES:
                return _described(path, file.read())
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
                return _described(path, view)
    except OSError as error:
        raise from_os(error, f"read {full}") from error


def _described(path: str, data: bytes | memoryview) -> Examined:
    return Examined(path, Digest.of(data), len(data), inspect(data))
