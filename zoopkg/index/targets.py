"""Target files: small signed documents, kept by the hash that trusted metadata states, checked at every reading.

Any mirror may serve them, so one that lacks a file or has wrong bytes is passed over, and told of where another served
in its place. Knows nothing of what they say.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from tuf.api.exceptions import LengthOrHashMismatchError
from tuf.api.metadata import TargetFile

from zoopkg.errors import IntegrityError, OfflineError
from zoopkg.index.again import rested
from zoopkg.index.fetcher import MirrorFetcher, file_url
from zoopkg.index.files import read_file, write_file
from zoopkg.index.problems import TUF_ERRORS, Failure, Problem, clean, explain_target
from zoopkg.index.roles import target_file
from zoopkg.index.state import TrustedState
from zoopkg.index.workflow import View
from zoopkg.transport.base import Opener
from zoopkg.transport.settings import Patience

_HASH = re.compile(r"[0-9a-f]{32,128}")

Place = Callable[[str, TargetFile], str]
Report = Callable[[Problem], None]


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
        patience: with each mirror where there are several.
        report: told what is wrong with a mirror though another one served.
    """

    def __init__(  # noqa: PLR0913  (all but three have defaults that are right)
        self,
        state: TrustedState,
        view: View,
        opener: Opener | None,
        *,
        place: Place = flat_place,
        patience: Patience | None = None,
        report: Report = lambda _: None,
    ) -> None:
        self._state = state
        self._view = view
        self._opener = opener
        self._place = place
        self._patience = (patience or Patience()) if len(view.mirrors) > 1 else None
        self._report = report
        self._failed: Counter[str] = Counter()

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
        failures: dict[str, Failure] = {}
        mirrors = sorted(self._view.mirrors, key=lambda mirror: self._failed[mirror])
        data = self._ask(mirrors, target, self._opener, failures)
        for number in range(1, self._patience.rounds if self._patience else 1):
            if data is not None or not (again := rested(failures, number)):
                break
            data = self._ask(again, target, self._opener, failures)
        if data is not None:
            self._tell(failures)
            return data
        raise explain_target(list(failures.values()))

    def _ask(
        self, mirrors: Sequence[str], target: TargetFile, opener: Opener, failures: dict[str, Failure]
    ) -> bytes | None:
        """The target from the first of some mirrors that serves it as it was signed; why the others did not."""
        for mirror in mirrors:
            url = self._place(mirror, target)
            try:
                data = MirrorFetcher(opener, mirror, self._patience).read(url, target.length)
                target.verify_length_and_hashes(data)
            except TUF_ERRORS as error:
                failures[mirror] = Failure(mirror, target.path, url, error)
                self._failed[mirror] += 1
            else:
                failures.pop(mirror, None)
                return data
        return None

    def _tell(self, failures: Mapping[str, Failure]) -> None:
        """Name those that have the metadata and not all that belongs to it; others may well have blobs alone."""
        for mirror, failure in failures.items():
            if mirror in self._view.complete or not failure.absent:
                self._report(Problem(mirror, failure.reason, silent=failure.unavailable and not failure.absent))


def _matches(target: TargetFile, data: bytes) -> bool:
    try:
        target.verify_length_and_hashes(data)
    except LengthOrHashMismatchError:
        return False
    return True
