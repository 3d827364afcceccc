"""Releases of a repository and their assets by GitHub's REST API: values, and one method a call. Decides nothing.

Endpoints and fields: https://docs.github.com/en/rest/releases. What the API answers is checked before it is believed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import quote

from zoopkg.errors import FormatError, ZooError
from zoopkg.mirror.place import ConflictError, content_type
from zoopkg.mirror.places.github_answers import Problem
from zoopkg.mirror.places.github_api import GitHubApi
from zoopkg.model.fields import Fields
from zoopkg.model.text import printable
from zoopkg.transport.api import Answer
from zoopkg.transport.base import MissingError, TransportError
from zoopkg.transport.redirects import refuse_inward, target_of

# The API tells no more than 10,000 releases (422 beyond). Few a page, since each brings up to 1,000 assets of 2 kB.
_RELEASES_A_PAGE = 30
_ASSETS_A_PAGE = 100
_MAX_PAGES = 10_000 // _RELEASES_A_PAGE
# Up to so many assets surely come with a release, whatever number its pages have by default. Not so those of a draft:
# uploads that broke off are told by the list of assets alone.
_SURELY_ALL = 29
_MAX_SMALL = 1 << 20
_NEXT = re.compile(r'rel="?next"?')

T = TypeVar("T")


class TakenError(ZooError):
    """The release has an asset of this name."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of a release.

    Attributes:
        uploaded: whether it is whole; else an upload goes on, or broke off.
        sha256: of its bytes, 64 hexadecimal digits, or empty where the service does not tell.
    """

    id: int
    name: str
    size: int
    uploaded: bool
    sha256: str

    @classmethod
    def decode(cls, value: object) -> Self:
        """An asset as the API tells of it.

        Raises:
            FormatError: it tells no asset.
        """
        fields = Fields(value, "an asset")
        kind, _, digest = fields.text("digest", default="").partition(":")
        return cls(
            fields.integer("id"),
            fields.text("name"),
            fields.integer("size"),
            fields.text("state", default="uploaded") == "uploaded",
            digest.lower() if kind == "sha256" else "",
        )


@dataclass(frozen=True, slots=True)
class Release:
    """A release.

    Attributes:
        draft: whether only those who may write see it.
        upload_url: where its assets are uploaded.
        assets: as they were when it was told of; None where these may not have been all.
    """

    id: int
    tag: str
    draft: bool
    upload_url: str
    assets: tuple[Asset, ...] | None

    @classmethod
    def decode(cls, value: object) -> Self:
        """A release as the API tells of it.

        Raises:
            FormatError: it tells no release.
        """
        fields = Fields(value, "a release")
        draft = fields.raw("draft") is True
        assets = fields.sequence("assets") if "assets" in fields and not draft else None
        return cls(
            fields.integer("id"),
            fields.text("tag_name"),
            draft,
            fields.text("upload_url").partition("{")[0],
            None if assets is None or len(assets) > _SURELY_ALL else tuple(map(Asset.decode, assets)),
        )


class Releases:
    """The releases of one repository; threads may share it. Errors are those of `GitHubApi.ask` and `refused`."""

    def __init__(self, api: GitHubApi) -> None:
        self._api = api
        self._url = f"{api.root}/releases"

    def all(self) -> Iterator[Release]:
        """Every release, drafts among them if the token may see them."""
        for answer in self._pages(self._url, _RELEASES_A_PAGE, "tell the releases"):
            yield from _decoded(answer, Release.decode)

    def newest(self) -> list[Release]:
        """The first page of all releases."""
        pages = self._pages(self._url, _RELEASES_A_PAGE, "tell the releases")
        return list(_decoded(next(pages), Release.decode))

    def published(self, tag: str) -> Release | None:
        """The published release of a tag."""
        answer = self._api.ask("GET", f"{self._url}/tags/{quote(tag, safe='')}")
        if answer.status == 404:
            return None
        return self._one(answer, Release.decode, 200, f"tell the release {tag}")

    def create(self, tag: str, name: str, body: str) -> Release | None:
        """A new draft; None where another release has the tag."""
        document = {"tag_name": tag, "name": name, "body": body, "draft": True, "make_latest": "false"}
        answer = self._api.ask("POST", self._url, document)
        if ("tag_name", "already_exists") in Problem.of(answer).codes:
            return None
        return self._one(answer, Release.decode, 201, f"create the release {tag}", writing=True)

    def publish(self, release: Release) -> Release:
        """Make a draft visible to all who may read the repository; its tag is made with it.

        Raises:
            ConflictError: another release has the tag.
        """
        answer = self._api.ask("PATCH", f"{self._url}/{release.id}", {"draft": False, "make_latest": "false"})
        problem = Problem.of(answer)
        if ("tag_name", "already_exists") in problem.codes:
            raise ConflictError(
                f"somebody else published the release {release.tag} of {self._api} meanwhile",
                hint="Run the same again: what it lacks is added to it.",
            )
        if "is empty" in problem.text:
            raise ZooError(
                f"the repository {self._api} has no commit yet, which the tags of releases need",
                hint="Commit a README there, then run the same again; what was uploaded stays.",
            )
        return self._one(answer, Release.decode, 200, f"publish the release {release.tag}", writing=True)

    def delete(self, release: Release) -> None:
        """Delete a release, not its tag."""
        answer = self._api.ask("DELETE", f"{self._url}/{release.id}")
        if answer.status not in (204, 404):
            raise self._api.refused(answer, f"delete the release {release.tag}", writing=True)

    def assets(self, release: Release) -> dict[str, Asset]:
        """The assets of a release now, by their names."""
        pages = self._pages(f"{self._url}/{release.id}/assets", _ASSETS_A_PAGE, f"tell the assets of {release.tag}")
        return {asset.name: asset for answer in pages for asset in _decoded(answer, Asset.decode)}

    def upload(self, release: Release, name: str, body: bytes | Path) -> Asset:
        """Upload an asset, once: whoever tries again has to look first what the last attempt left.

        Raises:
            TakenError: the release has an asset of this name, whole or not.
            TransportError: there was no whole answer.
        """
        url = f"{release.upload_url}?name={quote(name, safe='')}"
        answer = self._api.upload(url, body, content_type(name))
        if ("name", "already_exists") in Problem.of(answer).codes:
            raise TakenError(f"the release {release.tag} of {self._api} has a {name} already")
        asset = self._one(answer, Asset.decode, 201, f"take {name} into the release {release.tag}", writing=True)
        if asset.name != name:
            raise ZooError(f"{self._api} calls {name} otherwise, {printable(asset.name, 80)}, so nobody would find it")
        return asset

    def rename(self, asset: Asset, name: str) -> bool:
        """Give an asset another name; False where the asset is gone.

        Raises:
            TakenError: the release has an asset of this name.
        """
        answer = self._api.ask("PATCH", self._asset_url(asset), {"name": name})
        if answer.status == 404:
            return False
        if ("name", "already_exists") in Problem.of(answer).codes:
            raise TakenError(f"{self._api} has a {name} already")
        self._one(answer, Asset.decode, 200, f"rename {asset.name}", writing=True)
        return True

    def delete_asset(self, asset: Asset) -> bool:
        """Delete an asset; False where it was gone, True where it went now, or that cannot be told."""
        doubtful = False

        def work() -> Answer:
            nonlocal doubtful
            try:
                return self._api.once("DELETE", self._asset_url(asset))
            except TransportError:
                doubtful = True
                raise

        answer = self._api.retrying(work)
        if answer.status not in (204, 404):
            raise self._api.refused(answer, f"delete {asset.name}", writing=True)
        return answer.status == 204 or doubtful

    def read(self, asset: Asset) -> bytes:
        """The bytes of a small asset, of a draft too; the token does not follow where the API redirects to.

        Raises:
            MissingError: the asset is gone.
            TransportError: its bytes did not come whole, or are too many.
        """
        if asset.size > _MAX_SMALL:
            raise TransportError(f"{asset.name} of {self._api} has {asset.size} bytes, too many", permanent=True)
        return self._api.retrying(lambda: self._read(asset))

    def _read(self, asset: Asset) -> bytes:
        answer = self._api.once("GET", self._asset_url(asset), Accept="application/octet-stream")
        if answer.status in (301, 302, 307):
            url = target_of(answer.url, answer.headers.get("Location", ""))
            refuse_inward(answer.url, url, None)
            answer = self._api.once("GET", url, Accept="*/*")
        if answer.status == 404:
            raise MissingError(f"{self._api} has no {asset.name} any more")
        if answer.status != 200:
            raise self._api.refused(answer, f"send {asset.name}", writing=False)
        if len(answer.body) != asset.size:
            raise TransportError(f"{self._api} sent {len(answer.body)} of {asset.size} bytes of {asset.name}")
        return answer.body

    def _asset_url(self, asset: Asset) -> str:
        return f"{self._url}/assets/{asset.id}"

    def _pages(self, url: str, size: int, doing: str) -> Iterator[Answer]:
        """The pages of a listing, by number, while the Link header (RFC 8288) tells of a next one."""
        for page in range(1, _MAX_PAGES + 1):
            answer = self._api.ask("GET", f"{url}?per_page={size}&page={page}")
            if answer.status != 200:
                raise self._api.refused(answer, doing, writing=False)
            yield answer
            if not _NEXT.search(answer.headers.get("Link", "")):
                return

    def _one(
        self, answer: Answer, decode: Callable[[object], T], status: int, doing: str, *, writing: bool = False
    ) -> T:
        if answer.status != status:
            raise self._api.refused(answer, doing, writing=writing)
        return next(_decoded(answer, decode))


def _decoded(answer: Answer, decode: Callable[[object], T]) -> Iterator[T]:
    """What an answer holds, one or a list."""
    document = answer.json()
    try:
        yield from [decode(each) for each in (document if isinstance(document, list) else [document])]
    except FormatError as error:
        raise TransportError(f"the service answered something else than expected: {error.message}") from error
