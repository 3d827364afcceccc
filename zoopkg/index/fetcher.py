"""tuf's fetcher over our transports: one mirror, flat file names, every body capped, every error one of tuf's own.

python-tuf's `fetch()` does not wrap what a generator raises later (7.0.1), so bodies are read whole inside the wrapping
here. Decides nothing about trust.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient import FetcherInterface, UpdaterConfig

from zoopkg.errors import OfflineError
from zoopkg.index.files import read_file
from zoopkg.index.roles import ROOT, TIMESTAMP_FILE, file_role, file_version, metadata_file
from zoopkg.model.blob import INDEX_ORIGIN
from zoopkg.transport.base import MissingError, Opener, OverlongError
from zoopkg.transport.haste import hasty
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.settings import Patience

MAX_METADATA = 32 << 20
CONFIG = UpdaterConfig(snapshot_max_length=MAX_METADATA, targets_max_length=MAX_METADATA)
# What is taken of a mirror's newer roots before the first of them was verified.
_MAX_HEADS = 2 << 20
_NOT_FOUND = 404
_PLACE, _ORIGIN = "{digest}", "{origin}"


class OfflineDownloadError(DownloadError):
    """The network was ruled out."""


def file_url(mirror: str, name: str) -> str:
    """Where a mirror has a file of the index: a base URL, or a template with `{digest}` for the whole file name."""
    if _PLACE in mirror:
        return mirror.replace(_ORIGIN, INDEX_ORIGIN).replace(_PLACE, name)
    return f"{mirror.rstrip('/')}/{name}"


def shown(mirror: str) -> str:
    """A mirror in a message, as `zoopkg.transport` shows it: its host and what is always the same of its path."""
    return str(Mirror(file_url(mirror, _PLACE)))


class MirrorFetcher(FetcherInterface):
    """Fetches an index's files from one mirror.

    Args:
        opener: how to reach it.
        mirror: its base URL or template.
        patience: with it, where there are other mirrors; as much as the opener has by default.

    Attributes:
        mirror: its base URL or template.
        last: the name of the file asked for last, to say where an update stopped.
        seen: the metadata files that came, unverified, to say of what expired when.
        newest_root: the version of the last root that the mirror says it has, 0 where that is not known.
    """

    def __init__(self, opener: Opener, mirror: str, patience: Patience | None = None) -> None:
        self._opener = opener
        self._patience = patience
        self._heads: dict[str, bytes | DownloadError] = {}
        self.mirror = mirror
        self.last = ""
        self.seen: dict[str, bytes] = {}
        self.newest_root = 0

    def ask_heads(self, root: int, patience: Patience) -> None:
        """Ask for the roots after this version, and the timestamp, and keep the answers for when they are asked for."""
        with hasty(patience.seconds):
            size = 0
            for version in range(root + 1, root + 1 + CONFIG.max_root_rotations):
                answer = self._head(metadata_file(ROOT, version), CONFIG.root_max_length)
                if isinstance(answer, DownloadError):
                    self.newest_root = version - 1 if isinstance(answer, DownloadHTTPError) else 0
                    break
                size += len(answer)
                if size > _MAX_HEADS:
                    break
            if self.newest_root:
                self._head(TIMESTAMP_FILE, CONFIG.timestamp_max_length)

    def _head(self, name: str, limit: int) -> bytes | DownloadError:
        try:
            self._heads[name] = self._read(file_url(self.mirror, name), limit)
        except DownloadError as error:
            self._heads[name] = error
        return self._heads[name]

    @property
    def heads(self) -> dict[str, bytes]:
        """The files that were asked for beforehand and came, unverified."""
        return {name: answer for name, answer in self._heads.items() if isinstance(answer, bytes)}

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """A metadata file's bytes; only the last part of tuf's URL counts, since an index is flat.

        Raises:
            DownloadError: and its kinds, whatever went wrong.
        """
        self.last = url.rpartition("/")[2]
        data = self._heads.get(self.last)
        try:
            if isinstance(data, DownloadError):
                raise data
            if data is None or len(data) > max_length:
                data = self.read(file_url(self.mirror, self.last), max_length)
        except DownloadHTTPError:
            if file_role(self.last) == ROOT and not self.newest_root:
                self.newest_root = file_version(self.last) - 1
            raise
        self.seen[self.last] = data
        return data

    def read(self, url: str, max_length: int) -> bytes:
        """The bytes at a URL, `max_length` at most.

        Raises:
            DownloadError: and its kinds, whatever went wrong.
        """
        with hasty(self._patience.seconds, self._patience.rate) if self._patience else nullcontext():
            return self._read(url, max_length)

    def _read(self, url: str, max_length: int) -> bytes:
        pieces: list[bytes] = []
        length = 0
        try:
            with self._opener.open(url, limit=max_length) as body:
                for piece in body:
                    length += len(piece)
                    if length > max_length:
                        raise DownloadLengthMismatchError(f"{url} has more than {max_length} bytes")
                    pieces.append(piece)
        except DownloadError:
            raise
        except OverlongError as error:
            raise DownloadLengthMismatchError(error.message) from error
        except MissingError as error:
            raise DownloadHTTPError(error.message, _NOT_FOUND) from error
        except OfflineError as error:
            raise OfflineDownloadError(error.message) from error
        except Exception as error:  # the promise to tuf is that nothing but its own errors comes out
            raise DownloadError(str(error)) from error
        return b"".join(pieces)

    def _fetch(self, url: str) -> Iterator[bytes]:
        return iter((self.download_bytes(url, MAX_METADATA),))


class GenerationFetcher(FetcherInterface):
    """Answers from metadata that is already on this machine, so that an update verifies it again and asks no one.

    Attributes: as of `MirrorFetcher`.
    """

    def __init__(self, generation: Path) -> None:
        self._generation = generation
        self.mirror = ""
        self.last = ""
        self.seen: dict[str, bytes] = {}

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.last = url.rpartition("/")[2]
        version, dot, name = self.last.partition(".")
        name = name if dot and version.isdigit() else self.last
        if name == f"{ROOT}.json":
            raise DownloadHTTPError("there is no newer root here", _NOT_FOUND)
        data = read_file(self._generation / name, MAX_METADATA)
        if data is None:
            raise OfflineDownloadError(f"{self.last} is not on this machine")
        self.seen[self.last] = data
        return iter((data,))
