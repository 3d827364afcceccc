"""GitHub's releases on the loopback interface: the REST API, the host for uploads, the download URLs, the storage.

`with simulator("octo/zoo") as github:` serves an empty repository on four ports; `github.environment()` leads zoopkg
there. `github.asked` has every request, `github.misbehave(…)` puts a fault of `release_faults` in the way.

What it follows, so that it can be checked against the original (D: docs.github.com/en/…; I: threads of users):

- Drafts: for those who may write, in the list alone; by tag they answer 404 (D rest/releases/releases; I
  github/developer.github.com#784). Several drafts may have one tag; the tag is made, and must be unique, when one is
  published (I ncipollo/release-action#8, avibe-bot/avibe#1712). An empty repository takes drafts and refuses to publish
  them, 422 "Repository is empty." (I stablyai/orca#12375).
- Listings: `per_page` (30, at most 100), `page`, Link with rel="next" (D rest/using-the-rest-api/using-pagination…);
  the first 10,000 alone, 422 beyond (I MeltanoLabs/tap-github#182).
- Assets: `state` is "starter" until all came, and stays so after a broken upload, which answers 502 or nothing; such
  ones are told by the list of assets, not with the release (D rest/releases/assets; I itchio/gothub#1). `digest` is
  "sha256:…", null for old ones (I PyGithub/PyGithub#3324). A taken name, whole or not, is 422 `already_exists` of
  `ReleaseAsset.name` (D; I cli/cli#7178). Special characters in names become dots (D). 1,000 a release, 422 with the
  field `file_count` (I astral-sh/python-build-standalone#691); 2 GiB each (I cli/cli#10182). `PATCH` renames (D).
- Immutable releases take and lose nothing once they are published: 422 (D code-security/…/immutable-releases; I
  softprops/action-gh-release#653).
- Tokens: a bad one 401; one that may not write 403 "Resource not accessible by personal access token" (fine-grained) or
  404 (classic) (I release-it-containerized#327, googleapis/release-please-action#878). Limits of rate: X-RateLimit-…
  with every answer; 403 or 429, at the secondary limit perhaps with Retry-After (D …/rate-limits-for-the-rest-api).
- Downloads: 302 to a signed URL of another host, good for minutes, which takes ranges and If-Range, has strong ETags,
  and answers 400 to an Authorization header beside the signature (I gm3dmo/the-power#393, octokit/rest.js#6).
"""

import hashlib
import hmac
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from release_http import Answer, DropError, Exchange, Server, ranged

WRITER, READER, CLASSIC = "github_pat_writer", "github_pat_reader", "ghp_classic-reader"
HOSTS = ("api", "uploads", "web", "storage")


@dataclass
class Asset:
    id: int
    name: str
    data: bytes = b""
    state: str = "starter"
    content_type: str = ""
    told: bool = True


@dataclass
class Release:
    id: int
    tag: str
    draft: bool
    name: str
    body: str
    immutable: bool = False
    latest: str = "true"
    assets: list[Asset] = field(default_factory=list)

    def asset(self, name: str) -> Asset | None:
        return next((each for each in self.assets if each.name == name), None)


Honest = Callable[[], Answer]
Fault = Callable[["GitHub", Exchange, Honest], Answer]


class GitHub:
    """One repository. Attributes may be changed while it serves: `empty`, `immutable`, `private`, `lifetime`."""

    def __init__(self, repository: str) -> None:
        self.repository, self.url = repository, dict.fromkeys(HOSTS, "")
        self.releases: list[Release] = []
        self.asked: list[Exchange] = []
        self.tags: set[str] = set()
        self.empty = self.immutable = self.private = False
        self.lifetime, self.remaining = 300.0, 5000
        self.lock = threading.RLock()
        self._faults: list[Fault] = []
        self._ids, self._numbers = itertools.count(1), itertools.count(1)

    def environment(self, token: str = WRITER) -> dict[str, str]:
        """The variables that lead there; none holds what the machine's own gh has stored."""
        urls = {"GITHUB_SERVER_URL": self.url["web"], "GITHUB_API_URL": self.url["api"]}
        return urls | {"GH_CONFIG_DIR": "/nonexistent", "PATH": ""} | ({"GITHUB_TOKEN": token} if token else {})

    def misbehave(self, *faults: Fault) -> None:
        """From now on, these stand between every request and its honest answer."""
        self._faults = list(faults)

    def release(self, tag: str) -> Release | None:
        return next((each for each in self.releases if each.tag == tag), None)

    def add(self, tag: str, *, draft: bool = True) -> Release:
        """A release of somebody else's."""
        self.releases.append(Release(next(self._ids), tag, draft, tag, ""))
        return self.releases[-1]

    def store(self, release: Release, name: str, data: bytes, state: str = "uploaded") -> Asset:
        """An asset of somebody else's."""
        release.assets.append(Asset(next(self._ids), name, data, state))
        return release.assets[-1]

    def requests(self, *hosts: str) -> list[str]:
        """What was asked of some hosts, such as `POST /repos/…`."""
        return [f"{each.method} {each.path}" for each in self.asked if each.host in (hosts or HOSTS)]

    # Answers ----------------------------------------------------------------------------------------------------------

    def answer(
        self, host: str, method: str, target: str, headers: dict[str, str], read: Callable[[int], bytes]
    ) -> Answer:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        with self.lock:
            number = next(self._numbers) if host in ("api", "uploads") else 0
            exchange = Exchange(number, host, method, unquote(parts.path), query, headers, read)
            self.asked.append(exchange)
        work = {"web": self._download, "storage": self._stored}.get(host, self._called)
        honest: Honest = partial(work, exchange)
        for fault in self._faults:
            honest = partial(fault, self, exchange, honest)
        return honest()

    def _called(self, exchange: Exchange) -> Answer:
        """The API and the uploads: who may, how often, then what."""
        answer = self._refusal(exchange) or self._dispatched(exchange)
        with self.lock:
            self.remaining -= 1
            answer.headers |= self.limits()
        return answer

    def limits(self) -> dict[str, str]:
        left = {"Limit": "5000", "Remaining": str(max(self.remaining, 0)), "Reset": str(int(time.time()) + 1800)}
        return {f"X-RateLimit-{name}": value for name, value in left.items()}

    def _refusal(self, exchange: Exchange) -> Answer | None:
        writes = exchange.method != "GET"
        if "authorization" not in exchange.headers:
            return problem(401, "Requires authentication") if writes else problem(404) if self.private else None
        if exchange.token not in (WRITER, READER, CLASSIC):
            return problem(401, "Bad credentials")
        if writes and exchange.token == READER:
            return problem(403, "Resource not accessible by personal access token")
        return problem(404) if writes and exchange.token == CLASSIC else None

    def _dispatched(self, exchange: Exchange) -> Answer:
        root = f"/repos/{self.repository}/releases"
        for host, method, pattern, work in self._routes():
            match = re.fullmatch(root + pattern, exchange.path)
            if match and (host, method) == (exchange.host, exchange.method):
                values = [int(value) if value.isdigit() else value for value in match.groups()]
                if host == "uploads":
                    return work(exchange, *values)
                body = exchange.body()
                with self.lock:
                    return work(exchange, *values, *([json.loads(body)] if body else []))
        return problem(404)

    def _routes(self) -> list[tuple[str, str, str, Callable[..., Answer]]]:
        return [
            ("api", "GET", "", self._list),
            ("api", "POST", "", self._create),
            ("api", "GET", "/tags/([^/]+)", self._by_tag),
            ("api", "PATCH", r"/(\d+)", self._edit),
            ("api", "DELETE", r"/(\d+)", self._delete),
            ("api", "GET", r"/(\d+)/assets", self._list_assets),
            ("api", "GET", r"/assets/(\d+)", self._asset),
            ("api", "PATCH", r"/assets/(\d+)", self._rename),
            ("api", "DELETE", r"/assets/(\d+)", self._delete_asset),
            ("uploads", "POST", r"/(\d+)/assets", self._upload),
        ]

    def _list(self, exchange: Exchange) -> Answer:
        seen = [each for each in self.releases if not each.draft or exchange.token == WRITER]
        return self._page(exchange, [self._told(each) for each in reversed(seen)])

    def _by_tag(self, exchange: Exchange, tag: str) -> Answer:
        found = [each for each in self.releases if each.tag == str(tag) and not each.draft]
        return Answer(200, self._told(found[0])) if found else problem(404)

    def _create(self, exchange: Exchange, wanted: dict[str, Any]) -> Answer:
        if not wanted.get("draft") and (refused := self._unpublishable(None, wanted["tag_name"])):
            return refused
        release = self.add(wanted["tag_name"], draft=bool(wanted.get("draft")))
        release.name, release.body = wanted.get("name", ""), wanted.get("body", "")
        release.latest = wanted.get("make_latest", "true")
        return Answer(201, self._told(release))

    def _edit(self, exchange: Exchange, number: int, wanted: dict[str, Any]) -> Answer:
        release = self._find(number)
        if release is None:
            return problem(404)
        if release.draft and wanted.get("draft") is False:
            if refused := self._unpublishable(release, release.tag):
                return refused
            release.draft, release.immutable = False, self.immutable
            release.latest = wanted.get("make_latest", "true")
            self.tags.add(release.tag)
        return Answer(200, self._told(release))

    def _unpublishable(self, release: Release | None, tag: str) -> Answer | None:
        if self.empty:
            return invalid("Release", code="custom", message="Repository is empty.")
        if any(each.tag == tag and not each.draft and each is not release for each in self.releases):
            return invalid("Release", code="already_exists", field="tag_name")
        return None

    def _delete(self, exchange: Exchange, number: int) -> Answer:
        release = self._find(number)
        if release is None:
            return problem(404)
        self.releases.remove(release)
        return Answer(204)

    def _list_assets(self, exchange: Exchange, number: int) -> Answer:
        release = self._find(number)
        if release is None or (release.draft and exchange.token != WRITER):
            return problem(404)
        return self._page(exchange, [told_asset(each) for each in release.assets])

    def _asset(self, exchange: Exchange, number: int) -> Answer:
        release, asset = self._find_asset(number)
        if asset is None or (release.draft and exchange.token != WRITER):
            return problem(404)
        if exchange.headers.get("accept") == "application/octet-stream":
            return self._redirect(asset)
        return Answer(200, told_asset(asset))

    def _rename(self, exchange: Exchange, number: int, wanted: dict[str, Any]) -> Answer:
        release, asset = self._find_asset(number)
        if asset is None:
            return problem(404)
        if release.immutable:
            return problem(422, "Cannot modify assets of an immutable release.")
        if release.asset(wanted["name"]) not in (None, asset):
            return invalid("ReleaseAsset", code="already_exists", field="name")
        asset.name = wanted["name"]
        return Answer(200, told_asset(asset))

    def _delete_asset(self, exchange: Exchange, number: int) -> Answer:
        release, asset = self._find_asset(number)
        if asset is None:
            return problem(404)
        if release.immutable:
            return problem(422, "Cannot delete assets from an immutable release.")
        release.assets.remove(asset)
        return Answer(204)

    def _upload(self, exchange: Exchange, number: int) -> Answer:
        """Begins an asset, takes its bytes outside the lock, and completes it if all came and it is still wanted."""
        if not exchange.headers.get("content-type") or "content-length" not in exchange.headers:
            raise DropError
        with self.lock:
            begun = self._begin(exchange, number)
        if isinstance(begun, Answer):
            return begun
        data = exchange.body()
        with self.lock:
            if self._find_asset(begun.id)[1] is None:
                return problem(404)
            begun.data, begun.state = data, "uploaded"
            return Answer(201, told_asset(begun))

    def _begin(self, exchange: Exchange, number: int) -> Asset | Answer:
        release = self._find(number)
        name = re.sub(r"[^A-Za-z0-9._+-]", ".", exchange.query.get("name", "")).strip(".")
        if release is None:
            return problem(404)
        if release.immutable:
            return problem(422, "Cannot upload assets to an immutable release.")
        if release.asset(name):
            return invalid("ReleaseAsset", code="already_exists", field="name")
        if len(release.assets) >= 1000:
            text = "file_count limited to 1000 assets per release"
            return invalid("ReleaseAsset", code="custom", field="file_count", message=text)
        if not 0 < exchange.length < 1 << 31:
            return invalid("ReleaseAsset", code="custom", field="size", message="size is not included in the list")
        release.assets.append(Asset(next(self._ids), name, content_type=exchange.headers["content-type"]))
        return release.assets[-1]

    def _download(self, exchange: Exchange) -> Answer:
        match = re.fullmatch(f"/{self.repository}/releases/download/([^/]+)/([^/]+)", exchange.path)
        with self.lock:
            found = [each for each in self.releases if match and each.tag == match[1] and not each.draft]
            asset = found[0].asset(match[2]) if found and match else None
        return self._redirect(asset) if asset and asset.state == "uploaded" and not self.private else Answer(404)

    def _redirect(self, asset: Asset) -> Answer:
        until = str(time.time() + self.lifetime)
        url = f"{self.url['storage']}/release-asset/{asset.id}?se={until}&sig={signature(asset.id, until)}"
        return Answer(302, headers={"Location": f"{url}&rscd={quote('attachment; filename=' + asset.name)}"})

    def _stored(self, exchange: Exchange) -> Answer:
        number, until = int(exchange.path.rpartition("/")[2]), exchange.query.get("se", "0")
        if "authorization" in exchange.headers:
            return Answer(400, body=b"<Error><Code>InvalidArgument</Code>Only one auth mechanism allowed</Error>")
        if exchange.query.get("sig") != signature(number, until) or float(until) < time.time():
            return Answer(403, body=b"<Error><Code>AuthenticationFailed</Code></Error>")
        asset = self._find_asset(number)[1]
        if asset is None or asset.state != "uploaded":
            return Answer(404, body=b"<Error><Code>BlobNotFound</Code></Error>")
        return ranged(asset.data, f'"0x{asset.id:X}"', exchange.headers)

    def _find(self, number: int) -> Release | None:
        return next((each for each in self.releases if each.id == number), None)

    def _find_asset(self, number: int) -> tuple[Any, Asset | None]:
        pairs = ((release, asset) for release in self.releases for asset in release.assets)
        return next((pair for pair in pairs if pair[1].id == number), (None, None))

    def _page(self, exchange: Exchange, items: list[Any]) -> Answer:
        size, page = min(int(exchange.query.get("per_page", 30)), 100), int(exchange.query.get("page", 1))
        if size * page > 10_000 + size:
            return problem(422, "Only the first 10000 results are available.")
        more = (
            {"Link": f'<{self.url["api"]}{exchange.path}?page={page + 1}>; rel="next"'} if items[size * page :] else {}
        )
        return Answer(200, items[size * (page - 1) : size * page], more)

    def _told(self, release: Release) -> dict[str, Any]:
        upload = f"{self.url['uploads']}/repos/{self.repository}/releases/{release.id}/assets{{?name,label}}"
        assets = [told_asset(each) for each in release.assets if each.state == "uploaded"]
        told = {"id": release.id, "tag_name": release.tag, "draft": release.draft, "name": release.name}
        return told | {"body": release.body, "immutable": release.immutable, "upload_url": upload, "assets": assets}


def told_asset(asset: Asset) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(asset.data).hexdigest()}" if asset.told and asset.state == "uploaded" else None
    told = {"id": asset.id, "name": asset.name, "label": None, "state": asset.state, "content_type": asset.content_type}
    return told | {"size": len(asset.data), "digest": digest}


def problem(status: int, message: str = "Not Found") -> Answer:
    return Answer(
        status, {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    )


def invalid(resource: str, **error: str) -> Answer:
    return Answer(422, {"message": "Validation Failed", "errors": [{"resource": resource, **error}], "status": "422"})


def signature(number: int, until: str) -> str:
    return hmac.new(b"secret of the storage", f"{number} {until}".encode(), "sha256").hexdigest()


@contextmanager
def simulator(repository: str = "octo/zoo") -> Iterator[GitHub]:
    """A GitHub with one repository, until the block ends."""
    github = GitHub(repository)
    servers = [Server(partial(github.answer, host)) for host in HOSTS]
    github.url = {host: server.url for host, server in zip(HOSTS, servers, strict=True)}
    try:
        yield github
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
