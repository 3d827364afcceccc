"""tuf's fetcher over our transports: one mirror, flat file names, every body capped, every error one of tuf's own.

python-tuf's `fetch()` does not wrap what a generator raises later (7.0.1), so bodies are read whole inside the wrapping
here. Decides nothing about trust.
"""

from collections.abc import Iterator
from pathlib import Path

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient import FetcherInterface

from zoopkg.errors import OfflineError
from zoopkg.index.files import read_file
from zoopkg.index.roles import INDEX_ORIGIN, ROOT
from zoopkg.transport.base import MissingError, Opener, OverlongError

MAX_METADATA = 32 << 20
_NOT_FOUND = 404
_PLACE, _ORIGIN = "{digest}", "{origin}"


class OfflineDownloadError(DownloadError):
    """The network was ruled out."""


def file_url(mirror: str, name: str) -> str:
    """Where a mirror has a file of the index: a base URL, or a template with `{digest}` for the whole file name."""
    if _PLACE in mirror:
        return mirror.replace(_ORIGIN, INDEX_ORIGIN).replace(_PLACE, name)
    return f"{mirror.rstrip('/')}/{name}"


class MirrorFetcher(FetcherInterface):
    """Fetches an index's files from one mirror.

    Attributes:
        mirror: its base URL or template.
        last: the name of the file asked for last, to say where an update stopped.
        seen: the metadata files that came, unverified, to say of what expired when.
    """

    def __init__(self, opener: Opener, mirror: str) -> None:
        self._opener = opener
        self.mirror = mirror
        self.last = ""
        self.seen: dict[str, bytes] = {}

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """A metadata file's bytes; only the last part of tuf's URL counts, since an index is flat.

        Raises:
            DownloadError: and its kinds, whatever went wrong.
        """
        self.last = url.rpartition("/")[2]
        data = self.read(file_url(self.mirror, self.last), max_length)
        self.seen[self.last] = data
        return data

    def read(self, url: str, max_length: int) -> bytes:
        """The bytes at a URL, `max_length` at most.

        Raises:
            DownloadError: and its kinds, whatever went wrong.
        """
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
        self.mirror = "this machine's copy"
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
