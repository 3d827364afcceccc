"""Target files: small signed documents, kept by the hash that trusted metadata states, checked at every reading.

Any mirror may serve them, so one that lacks a file or has wrong bytes is passed over. Knows nothing of what they say.
"""

import re
from collections.abc import Callable

from tuf.api.exceptions import LengthOrHashMismatchError
from tuf.api.metadata import TargetFile

from zoopkg.errors import IntegrityError, OfflineError
from zoopkg.index.fetcher import MirrorFetcher, file_url
from zoopkg.index.files import read_file, write_file
from zoopkg.index.problems import TUF_ERRORS, Failure, clean, explain_target
from zoopkg.index.roles import target_file
from zoopkg.index.state import TrustedState
from zoopkg.index.trust import View
from zoopkg.transport.base import Opener

_HASH = re.compile(r"[0-9a-f]{32,128}")

Place = Callable[[str, TargetFile], str]


def flat_place(mirror: str, target: TargetFile) -> str:
    """Where an index has a target: `<sha256>.<name>`, without the target path's directory."""
    return file_url(mirror, target_file(target.path, naming_hash(target)))


def naming_hash(target: TargetFile) -> str:
    """The hash that names a target's file: SHA-256, as every index states it, else the first that is stated.

    Raises:
        IntegrityError: it is not hexadecimal, and could be a path.
    """
    name = target.hashes.get("sha256") or next(iter(target.hashes.values()))
    if not _HASH.fullmatch(name):
        raise IntegrityError(f"the index states '{clean(name)}' as the hash of '{clean(target.path)}'")
    return name


class TargetReader:
    """Reads the targets of a view, from the trusted state where it holds them, else from the mirrors.

    Args:
        opener: None rules the network out.
        place: the URL of a target below a mirror.
    """

    def __init__(self, state: TrustedState, view: View, opener: Opener | None, place: Place = flat_place) -> None:
        self._state = state
        self._view = view
        self._opener = opener
        self._place = place

    def read(self, path: str, limit: int) -> bytes | None:
        """A target's verified bytes, or None where the index has no such target.

        Raises:
            IntegrityError: it is said to have over `limit` bytes, or mirrors serve other bytes than were signed.
            NotOnMirrorsError: no mirror had it.
            OfflineError: it is not on this machine, and the network was ruled out.
        """
        target = self._view.target(path)
        if target is None:
            return None
        if target.length > limit:
            raise IntegrityError(f"the index states {target.length} bytes for '{clean(path)}', over {limit}")
        cached = self._state.targets / naming_hash(target)
        data = read_file(cached, limit)
        if data is not None and _matches(target, data):
            return data
        data = self._fetch(target)
        self._write(target, data)
        return data

    def keep(self, path: str, data: bytes) -> bool:
        """Keep a target's bytes, wherever they come from; False where they are not what the index signed."""
        target = self._view.target(path)
        if target is None or not _matches(target, data):
            return False
        self._write(target, data)
        return True

    def _write(self, target: TargetFile, data: bytes) -> None:
        with self._state.lock():
            write_file(self._state.targets / naming_hash(target), data, mode=0o600)

    def _fetch(self, target: TargetFile) -> bytes:
        if self._opener is None:
            raise OfflineError(f"'{clean(target.path)}' is not on this machine", hint="Leave out --offline once.")
        failures = []
        for mirror in self._view.mirrors:
            fetcher = MirrorFetcher(self._opener, mirror)
            try:
                data = fetcher.read(self._place(mirror, target), target.length)
                target.verify_length_and_hashes(data)
            except TUF_ERRORS as error:
                failures.append(Failure(mirror, target.path, error))
            else:
                return data
        raise explain_target(failures)


def _matches(target: TargetFile, data: bytes) -> bool:
    try:
        target.verify_length_and_hashes(data)
    except LengthOrHashMismatchError:
        return False
    return True
