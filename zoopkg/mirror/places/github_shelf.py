"""One release being filled: what is there, what belongs there, uploads that broke off. Knows no other release.

Uploads are taken up by looking: GitHub leaves an asset in the state "starter" where one broke off, answers 422 where a
name is taken, and tells the SHA-256 of what is whole.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from zoopkg.errors import IntegrityError, ZooError, explaining
from zoopkg.mirror.place import INDEX_ORIGIN, ConflictError, File
from zoopkg.mirror.places.github_releases import Asset, Release, Releases, TakenError
from zoopkg.transport.base import TransportError

MAX_ASSETS = 1000
MAX_SIZE = (1 << 31) - 1
# The timestamp, and what is about to replace it.
_RESERVED = 2

Retrying = Callable[[Callable[[], None]], None]


class Shelf:
    """A release and its assets; threads may put to it.

    Args:
        releases: of its repository.
        release: as it is now.
        retrying: does what fails for reasons that may pass again.
    """

    def __init__(self, releases: Releases, release: Release, retrying: Retrying) -> None:
        self.release = release
        self._releases, self._retrying = releases, retrying
        self._assets = None if release.assets is None else {asset.name: asset for asset in release.assets}
        self._lock = Lock()
        self._claims: defaultdict[str, Lock] = defaultdict(Lock)

    @property
    def assets(self) -> dict[str, Asset]:
        """The assets by name, as this run knows them."""
        with self._lock:
            if self._assets is None:
                self._assets = self._releases.assets(self.release)
            return self._assets

    def look(self) -> dict[str, Asset]:
        """The assets as they are now, while nothing is put."""
        self._assets = self._releases.assets(self.release)
        return self._assets

    def has(self, file: File) -> bool:
        """Whether a file is there whole, as far as the service tells.

        Raises:
            ConflictError: all can see that its name is taken by something else.
        """
        asset = self.assets.get(file.name)
        if asset is None or not asset.uploaded:
            return False
        if asset.size == file.size and asset.sha256 in ("", file.sha256):
            return True
        if self.release.draft:
            return False
        raise ConflictError(
            f"the release {self.release.tag} has a {file.name} that is not the one it should be",
            hint="Delete that asset if it was damaged; else two indexes were written to one repository.",
        )

    def put(self, file: File, body: bytes | Path) -> None:
        """Upload a file, unless it is there whole; what a broken upload left in its place is deleted.

        Raises:
            ConflictError: all can see that its name is taken by something else.
            ZooError: the service refuses.
        """
        with self._claim(file.name):
            if self.has(file):
                return
            _require_size(file, body)
            self._clear(file)
            doubtful = False

            def work() -> None:
                nonlocal doubtful
                if doubtful:
                    self._look_at(file.name)
                    if self.has(file):
                        return
                    self._clear(file)
                doubtful = True
                self.assets[file.name] = self._upload(file, body)

            self._retrying(work)

    def _look_at(self, name: str) -> None:
        """Learn what became of one name; of others this thread may have been told less than other threads know."""
        asset = self._releases.assets(self.release).get(name)
        self.assets.pop(name, None)
        if asset is not None:
            self.assets[name] = asset

    def _upload(self, file: File, body: bytes | Path) -> Asset:
        try:
            asset = self._releases.upload(self.release, file.name, body)
        except TakenError as error:  # somebody else was faster, or an answer was lost: worth a look
            raise TransportError(error.message) from error
        if not asset.uploaded or asset.size != file.size or asset.sha256 not in ("", file.sha256):
            raise TransportError(f"{file.name} did not arrive whole in the release {self.release.tag}")
        return asset

    def _clear(self, file: File) -> None:
        if asset := self.assets.pop(file.name, None):
            self._releases.delete_asset(asset)

    @contextmanager
    def _claim(self, name: str) -> Iterator[None]:
        """Keep this process from deleting its own upload of the same name as a broken one."""
        with self._lock:
            claim = self._claims[name]
        with claim:
            yield


def _require_size(file: File, body: bytes | Path) -> None:
    """Refuse a source that is not what is to be there, before a release has it."""
    with explaining(f"read '{body}'" if isinstance(body, Path) else f"read {file.name}"):
        size = body.stat().st_size if isinstance(body, Path) else len(body)
    if size != file.size:
        raise IntegrityError(f"the source of {file.name} has {size} bytes, and should have {file.size}")


def check_room(tag: str, held: Iterable[str], files: Iterable[File]) -> None:
    """Refuse what a release cannot hold, before anything of it is uploaded.

    Args:
        tag: of the release.
        held: names of the assets it has.
        files: what it is to have.

    Raises:
        ZooError: too many assets, or one that is too large.
    """
    files = list(files)
    for file in files:
        if file.size > MAX_SIZE:
            raise ZooError(f"{file.name} has {file.size} bytes, and a release's assets are under 2 GiB")
    count = len({*held, *(file.name for file in files)}) + (_RESERVED if tag == INDEX_ORIGIN else 0)
    if count > MAX_ASSETS:
        hint = "Releases carry the metadata of small indexes only: keep it elsewhere, or delete what no state needs."
        raise ZooError(
            f"the release {tag} would have {count:,} assets, and GitHub takes {MAX_ASSETS:,}",
            hint=hint if tag == INDEX_ORIGIN else "Push this pack to a mirror of another kind.",
        )
