"""Several processes update one trusted state at once, while the index changes under them."""

import os
from pathlib import Path

import pytest
from children import DONE, run_child
from maintained import THEN, Maintained

from zoopkg.index.client import IndexClient
from zoopkg.index.location import locate
from zoopkg.model.names import PackName
from zoopkg.transport.file import FileOpener

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, for several processes")


def test_many_at_once(index: Maintained, tmp_path: Path) -> None:
    location = locate(str(index.idx))

    def client() -> IndexClient:
        return IndexClient(tmp_path / "state", location.root, location.urls, FileOpener(), now=lambda: THEN)

    def work() -> None:
        seen = 0
        for _ in range(6):
            each = client()
            each.refresh()
            record = each.record(PackName.parse("demo"))
            assert len(record.releases) >= seen
            seen = len(record.releases)
            offline = client()
            offline.load()

    waits = [run_child(work) for _ in range(4)]
    for minor in range(1, 4):
        index.add(version=f"1.{minor}.0")
        index.publish()
    assert [wait() for wait in waits] == [DONE] * 4
    record = client().record(PackName.parse("demo"))
    assert [str(release.version) for release in record.releases] == ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]
