"""Which mirrors of a signed list are asked: an index on the web may not lead into a private network."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zoopkg.index import ceremony, publisher, staging
from zoopkg.index.folder import IndexFolder
from zoopkg.index.roles import Dates
from zoopkg.install.index_clients import Conditions
from zoopkg.install.indexes import Indexes
from zoopkg.install.workspace import Workspace
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.record import MirrorList
from zoopkg.store.store import Store
from zoopkg.transport.base import Body, MissingError, Span
from zoopkg.transport.file import FileOpener, url_of

NOW = datetime.now(UTC)
OUTWARD = ("https://mirror.example/{digest}", "https://1.1.1.1/{digest}", "https://[2606:4700::1111]/{digest}")
INWARD = (
    "http://10.0.0.1/{digest}",
    "http://127.0.0.1:8000/{digest}",
    "http://127.1/{digest}",
    "https://user:word@192.168.1.1/{digest}",
    "http://169.254.169.254/latest/{digest}",
    "http://[::1]:9/{digest}",
    "http://[fe80::1]/{digest}",
    "http://[::ffff:10.0.0.1]/{digest}",
    "http://localhost:9/{digest}",
)
FILES = ("file:///srv/zoo/{digest}", "/srv/other")
BLOB = Blob(BlobKind.MANIFEST, Digest.of(b"a"), "0" * 64, 1, "", "")


class Web:
    """Web servers by their base URLs, each a folder."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        for base, folder in self._folders.items():
            if url.startswith(base):
                return FileOpener().open(
                    url_of(folder / url.removeprefix(base)), limit=limit, span=span, validator=validator
                )
        raise MissingError(f"nothing is at {url}")


@pytest.fixture(scope="module")
def idx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    idx, keys, dates = folder / "idx", folder / "keys", Dates(NOW)
    ceremony.init(idx, keys, dates)
    mirrors = MirrorList((*OUTWARD, *INWARD, *FILES)).encode()  # some of which no verb would stage
    staging.edit(IndexFolder(idx), "targets", dates, changes={"mirrors.json": mirrors})
    publisher.publish(idx, keys, dates)
    return idx


def asked(idx: Path, tmp_path: Path, index: str) -> tuple[list[str], list[str]]:
    """The URLs at which a blob is sought, but for the index's own place, and the warnings."""
    warnings: list[str] = []
    conditions = Conditions(
        store=Store.open(tmp_path / "store"),
        opener=FileOpener() if index.startswith("file:") else Web({index: idx}),
        offline=False,
        now=lambda: NOW,
        allow_stale=timedelta(),
        mirrors=(),
        warn=warnings.append,
    )
    project = Workspace.find(tmp_path).project
    indexes = Indexes(project, None, tmp_path, conditions, index, idx / "1.root.json")
    mirrors = indexes.mirrors(indexes.serving("zoo"), ask=True)
    urls = [mirror.url(BLOB) for mirror in mirrors.all]
    assert urls.pop() == f"{index}{'' if index.endswith('/') else '/'}{BLOB.name}"
    return urls, warnings


def urls_of(templates: tuple[str, ...]) -> list[str]:
    return [template.replace("{digest}", BLOB.name) for template in templates]


def test_an_index_outside_names_no_mirror_inside(idx: Path, tmp_path: Path) -> None:
    urls, warnings = asked(idx, tmp_path, "https://1.0.0.1/")
    assert urls == urls_of(OUTWARD)
    assert len(warnings) == len(INWARD)
    assert all("inside a private network" in warning and "left out" in warning for warning in warnings)
    assert not any("word" in warning for warning in warnings)


@pytest.mark.parametrize(
    "index", ["http://127.0.0.1:8080/", "http://10.1.2.3/zoo/", "http://[::1]/", "http://localhost/"]
)
def test_an_index_inside_may(idx: Path, tmp_path: Path, index: str) -> None:
    urls, warnings = asked(idx, tmp_path, index)
    assert urls == urls_of((*OUTWARD, *INWARD))
    assert not warnings


def test_a_folder_may_name_any(idx: Path, tmp_path: Path) -> None:
    urls, warnings = asked(idx, tmp_path, url_of(idx))
    assert urls == [*urls_of((*OUTWARD, *INWARD, FILES[0])), f"file:///srv/other/{BLOB.name}"]
    assert not warnings


NOT_UNDERSTOOD = ("https://newer.example/{sha512}", "ipfs://{digest}", "https://{digest", "https://none.example/?q=1")


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that names mirrors, some of them in ways that this zoopkg does not know."""
    folder = tmp_path_factory.mktemp("newer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ceremony, "_templates", tuple)
        ceremony.init(
            folder / "idx", folder / "keys", Dates(NOW), mirrors=[OUTWARD[0], *NOT_UNDERSTOOD, INWARD[0], OUTWARD[1]]
        )
    return folder / "idx"


def test_a_mirror_that_is_not_understood_takes_no_other_along(newer: Path, tmp_path: Path) -> None:
    urls, warnings = asked(newer, tmp_path / "outside", "https://1.0.0.1/")
    assert urls == urls_of(OUTWARD[:2])
    assert "inside a private network" in warnings.pop()
    assert len(warnings) == len(NOT_UNDERSTOOD)
    assert all("names a mirror that is left out" in warning for warning in warnings)
    urls, warnings = asked(newer, tmp_path / "inside", url_of(newer))
    assert urls == urls_of((OUTWARD[0], INWARD[0], OUTWARD[1]))
    assert len(warnings) == len(NOT_UNDERSTOOD)
