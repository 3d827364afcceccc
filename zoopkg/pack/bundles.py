"""Writing bundles: zstd frames back to back, compressed in parallel, named by their own digest when they are whole.

Every content is hashed again while it is compressed, so that a file that changed since it was examined cannot slip in.
"""

import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import zstandard
from blake3 import blake3

from zoopkg.errors import ZooError, explaining, from_os
from zoopkg.install.ahead import in_order
from zoopkg.model.blob import MAX_BLOB, Blob, BlobHasher, BlobKind
from zoopkg.model.layout import Block, Bundle, Member
from zoopkg.pack.blocks import Arrangement, Piece

LEVEL = 3
_READ_BYTES = 4 << 20


class BundleWriter:
    """Writes bundles into a folder.

    Args:
        locate: the file that has a content.
        out: where bundles go.
        origin: the release that carries them first.
        jobs: how many blocks to compress at once.
    """

    def __init__(self, locate: Callable[[Piece], str], out: Path, origin: str, jobs: int) -> None:
        self._locate = locate
        self._out = out
        self._origin = origin
        self._jobs = jobs
        self._compressors: queue.SimpleQueue[zstandard.ZstdCompressor] = queue.SimpleQueue()
        for _ in range(jobs + 1):
            self._compressors.put(zstandard.ZstdCompressor(level=LEVEL))

    def write(self, arrangement: Arrangement) -> list[Bundle]:
        """Write everything that is arranged, and say where it lies.

        Raises:
            ZooError: a file changed or cannot be read, or a bundle cannot be written.
        """
        with ThreadPoolExecutor(self._jobs) as executor:
            alone = [executor.submit(self._write_alone, piece) for piece in arrangement.alone]
            frames = in_order(executor, self._compress, arrangement.blocks, 2 * self._jobs)
            bundles = list(self._write_blocks(arrangement, frames))
            return bundles + [future.result() for future in alone]

    def _compress(self, pieces: tuple[Piece, ...]) -> bytes:
        data = b"".join(self._read(piece) for piece in pieces)
        compressor = self._compressors.get()
        try:
            return compressor.compress(data)
        finally:
            self._compressors.put(compressor)

    def _read(self, piece: Piece) -> bytes:
        path = self._locate(piece)
        try:
            with open(path, "rb", buffering=0) as file:
                data = file.read()
        except OSError as error:
            raise from_os(error, f"read {path}") from error
        if blake3(data).digest() != piece.digest.raw:
            raise _changed(path)
        return data

    def _write_blocks(self, arrangement: Arrangement, frames: Iterator[bytes]) -> Iterator[Bundle]:
        blocks = iter(arrangement.blocks)
        pieces = next(blocks, None)
        while pieces is not None:
            with _BundleFile(self._out, self._origin) as file:
                placed: list[Block] = []
                while pieces is not None and (not placed or file.size < arrangement.target):
                    frame = next(frames)
                    placed.append(_block(file.size, len(frame), pieces))
                    file.write(frame)
                    pieces = next(blocks, None)
            yield Bundle(file.blob, tuple(placed))

    def _write_alone(self, piece: Piece) -> Bundle:
        path = self._locate(piece)
        with _BundleFile(self._out, self._origin) as file:
            compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj(size=piece.size)
            hasher = blake3()
            try:
                with open(path, "rb", buffering=0) as source:
                    while chunk := source.read(_READ_BYTES):
                        hasher.update(chunk)
                        file.write(compressor.compress(chunk))
                file.write(compressor.flush())
            except zstandard.ZstdError as error:  # more or fewer bytes than announced
                raise _changed(path) from error
            except OSError as error:
                raise from_os(error, f"read {path}") from error
            if hasher.digest() != piece.digest.raw:
                raise _changed(path)
        return Bundle(file.blob, (_block(0, file.size, (piece,)),))


def _changed(path: str) -> ZooError:
    return ZooError(f"{path} changed while the pack was built", hint="Build again when nothing writes to it.")


def _block(offset: int, length: int, pieces: tuple[Piece, ...]) -> Block:
    members = []
    place = 0
    for piece in pieces:
        members.append(Member(piece.digest, place, piece.size))
        place += piece.size
    return Block(offset, length, place, tuple(members))


class _BundleFile:
    """A bundle that is being written: hashed on the way, named when it is whole, gone if it never is."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder = folder
        self._origin = origin
        self._hasher = BlobHasher()
        self._temporary = folder / f".bundle-{os.getpid()}-{id(self):x}"

    def __enter__(self) -> Self:
        with explaining(f"write into {self._folder}"):
            self._file = self._temporary.open("xb", buffering=1 << 20)
        return self

    @property
    def size(self) -> int:
        return self._hasher.size

    def write(self, data: bytes) -> None:
        self._hasher.update(data)
        if self.size > MAX_BLOB:
            raise ZooError(f"a bundle would have more than {MAX_BLOB} bytes", hint="Leave out the largest file.")
        with explaining(f"write into {self._folder}"):
            self._file.write(data)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with explaining(f"write into {self._folder}"):
            try:
                self._file.close()
            except OSError:
                self._temporary.unlink(missing_ok=True)
                raise
            if kind is not None:
                self._temporary.unlink(missing_ok=True)
                return
            self.blob: Blob = self._hasher.blob(BlobKind.BUNDLE, self._origin)
            self._temporary.replace(self._folder / self.blob.name)
