"""A mirror in the release assets of a GitHub repository: a release for each origin, one with the tag `index`.

New releases are drafts until all that belongs to them is there. An asset cannot be replaced, so that `timestamp.json`
is missing for a moment when it changes (see `github_timestamp`). Reading takes no token: the template is a plain URL.
"""

import os
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from zoopkg.errors import ZooError
from zoopkg.install.progress import Logged
from zoopkg.mirror.place import INDEX_ORIGIN, ConflictError, File, Seen, is_published
from zoopkg.mirror.places import github_timestamp
from zoopkg.mirror.places.github_api import GitHubApi, Waits
from zoopkg.mirror.places.github_releases import Release, Releases
from zoopkg.mirror.places.github_service import Account, Service
from zoopkg.mirror.places.github_shelf import Shelf, check_room
from zoopkg.mirror.places.github_token import token_for
from zoopkg.transport.settings import WebSettings
from zoopkg.transport.shorthand import template_of

_ORIGIN = re.compile(r"([a-z0-9-]{1,64})\.([a-z0-9-]{1,64}?)-([0-9]+\.[0-9]+\.[0-9]+.*)")


class ReleasePlace:
    """The releases of a repository (see `zoopkg.mirror.place.Place`).

    Args:
        repository: `OWNER/REPO`.
        web: proxies and authorities beyond those of the environment.
        warn: told why nothing happens for a while; the logger `zoopkg` by default.
        environment: the variables of the process.
        waits: how to go on after failures.

    Raises:
        UsageError: that is no repository, or the variables name no service.
    """

    holds_metadata = True

    def __init__(
        self,
        repository: str,
        *,
        web: WebSettings | None = None,
        warn: Callable[[str], None] | None = None,
        environment: Mapping[str, str] = os.environ,
        waits: Waits | None = None,
    ) -> None:
        service = Service.of(environment)
        self.template = template_of(f"github:{repository}", environment) or ""
        account = Account(service, repository, token_for(service.host, environment))
        self._api = GitHubApi(account, web=web, warn=warn or Logged().warn, waits=waits or Waits())
        self._releases = Releases(self._api)
        self._shelves: dict[str, Shelf] | None = None
        self._made: dict[str, Release] = {}
        self._wanted: defaultdict[str, set[File]] = defaultdict(set)
        self._lock = threading.RLock()

    def survey(self, files: Collection[File]) -> set[File]:
        """Those that are there, in published releases and in drafts, by their sizes and the digests that GitHub tells.

        Raises:
            ZooError: also where a release could not hold all of them.
        """
        shelves = self._load()
        for file in files:
            self._wanted[file.origin].add(file)
        for origin in {file.origin for file in files}:
            check_room(origin, shelves[origin].assets if origin in shelves else (), self._wanted[origin])
        return {file for file in files if file.origin in shelves and shelves[file.origin].has(file)}

    def put(self, file: File, path: Path) -> None:
        """Upload a file to the release of its origin, made as a draft if there is none."""
        with self._lock:
            shelf = self._shelf(file.origin)
            self._wanted[file.origin].add(file)
            check_room(file.origin, shelf.assets, self._wanted[file.origin])
        shelf.put(file, path)

    def reveal(self) -> None:
        """Publish the drafts that hold what was surveyed or put, the metadata last; close a gap that was left open.

        Raises:
            ZooError: one of them lacks a file, so none is published.
        """
        with self._lock:
            shelves = self._shelves or {}
            drafts = [shelves[tag] for tag in self._wanted if tag in shelves and shelves[tag].release.draft]
            for shelf in drafts:
                self._require_whole(shelf)
            for shelf in sorted(drafts, key=lambda shelf: shelf.release.tag == INDEX_ORIGIN):
                self._publish(shelf)
            if INDEX_ORIGIN in self._wanted and INDEX_ORIGIN in shelves:
                github_timestamp.finish(self._releases, shelves[INDEX_ORIGIN])

    def timestamp(self) -> Seen | None:
        """The timestamp in the release `index`, its asset's id being its token."""
        shelf = self._load().get(INDEX_ORIGIN)
        return github_timestamp.find(self._releases, shelf) if shelf else None

    def replace_timestamp(self, data: bytes, seen: Seen | None) -> None:
        """Put it there under another name, and let it take over from the one that was seen."""
        with self._lock:
            shelf = self._shelf(INDEX_ORIGIN)
            if shelf.release.draft:
                self._require_whole(shelf)
            github_timestamp.replace(self._releases, shelf, data, seen)
            if shelf.release.draft:
                self._publish(shelf)

    def names(self) -> Iterable[str]:
        """The index's files in the releases that carry one: `index`, and those whose tag is an origin."""
        shelves = self._load().items()
        assets = (each for tag, shelf in shelves if _is_origin(tag) for each in shelf.assets.values())
        return sorted({asset.name for asset in assets if asset.uploaded and is_published(asset.name)})

    def remove(self, names: Collection[str]) -> None:
        """Delete assets of the index, and each release that has none left; its tag stays."""
        doomed = set(filter(is_published, names))
        for tag, shelf in self._load().items():
            if _is_origin(tag) and (found := doomed.intersection(shelf.assets)):
                gone = {name for name in found if self._releases.delete_asset(shelf.assets[name])}
                left = shelf.look().keys() - gone
                if kept := found & left:  # GitHub says "not found" where it means "not allowed", too
                    raise ZooError(f"the token may not delete {min(kept)} from the release {tag} of {self._api}")
                if not left:
                    self._releases.delete(shelf.release)
                    self._made.pop(tag, None)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _load(self) -> dict[str, Shelf]:
        """The releases as they are now; of several with one tag the published one, else the oldest draft."""
        found: dict[str, Release] = {}
        for release in self._releases.all():
            best = found.get(release.tag)
            found[release.tag] = release if best is None else _first(best, release)
        with self._lock:
            found = self._made | found  # a listing may lag behind what was just made
            self._shelves = {tag: self._new_shelf(release) for tag, release in found.items()}
            return self._shelves

    def _new_shelf(self, release: Release) -> Shelf:
        return Shelf(self._releases, release, self._api.retrying)

    def _shelf(self, tag: str) -> Shelf:
        """The release of a tag, made if there is none; the caller holds the lock."""
        shelves = self._load() if self._shelves is None else self._shelves
        if tag not in shelves:
            shelves[tag] = self._new_shelf(self._create(tag))
        return shelves[tag]

    def _create(self, tag: str) -> Release:
        """A new draft, unless another publisher made one at the same time: both then go on with the older one."""
        mine = self._releases.create(tag, *_words(tag))
        if mine is None:
            published = self._releases.published(tag)
            if published is None:
                raise ConflictError(f"the tag {tag} of {self._api} is taken, and has no release that can be seen")
            return published
        best = mine
        for other in self._releases.newest():
            best = _first(best, other) if other.tag == tag else best
        if best.id != mine.id:
            self._releases.delete(mine)
        self._made[tag] = replace(best, assets=None)
        return best

    def _require_whole(self, shelf: Shelf) -> None:
        tag = shelf.release.tag
        lacking = sorted(file.name for file in self._wanted[tag] if not shelf.has(file))
        if lacking:
            raise ZooError(
                f"the release {tag} of {self._api} stays a draft, since {len(lacking)} of its files are not there: "
                f"{lacking[0]}",
                hint="Run the same again.",
            )

    def _publish(self, shelf: Shelf) -> None:
        try:
            shelf.release = self._releases.publish(shelf.release)
        except ConflictError:
            self._releases.delete(shelf.release)  # it could never be published any more
            self._made.pop(shelf.release.tag, None)
            raise


def _first(one: Release, other: Release) -> Release:
    """Of two releases of one tag the one to go on with, whoever chooses."""
    return min(one, other, key=lambda release: (release.draft, release.id))


def _is_origin(tag: str) -> bool:
    return tag == INDEX_ORIGIN or _ORIGIN.fullmatch(tag) is not None


def _words(tag: str) -> tuple[str, str]:
    """The title and the text of a new release."""
    match = _ORIGIN.fullmatch(tag)
    if match is None:
        what = "The signed metadata of an index of DICOM example data" if tag == INDEX_ORIGIN else "Example DICOM data"
        title = "Index" if tag == INDEX_ORIGIN else tag
    else:
        title = f"{match[1]}/{match[2]} {match[3]}"
        what = f"Files of {title}, and of other versions that have instances in common with it"
    return title, (
        f"{what}, for [zoopkg](https://github.com/zoopkg/zoopkg), which reads them by their digests and verifies them. "
        "Licenses are stated in the index. Please change nothing by hand."
    )
