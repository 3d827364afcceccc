"""An index folder made by the maintainers' steps, with the files of its pack and its clock."""

from datetime import UTC, datetime
from pathlib import Path

from small_packs import build

from zoopkg.index import publisher, releases
from zoopkg.index.entry import PackEntry
from zoopkg.index.roles import Dates

FILES = {"a.dcm": b"first" * 100, "b.dcm": b"second"}
THEN = datetime(2026, 1, 2, tzinfo=UTC)


class Maintained:
    """An index folder and its keys, with what it takes to change it."""

    def __init__(self, folder: Path) -> None:
        self.idx, self.keys, self.out = folder / "idx", folder / "keys", folder / "out"
        self.dates = Dates(THEN)

    def add(self, name: str = "demo", version: str = "1.0.0", files: dict[str, bytes] | None = None) -> PackEntry:
        entry = build(self.out, name, version, files or FILES)
        releases.add(self.idx, entry, self.out, self.keys, self.dates)
        return entry

    def publish(self) -> None:
        publisher.publish(self.idx, self.keys, self.dates)
