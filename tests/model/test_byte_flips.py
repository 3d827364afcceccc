"""Every byte of each frozen example changed or left out: refused, or read as valid values.

What is read is valid if it can be written and read again, and then is written as the same bytes. Nothing but a
ZooError may come out, since these bytes come from mirrors and from damaged disks.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zoopkg.errors import ZooError
from zoopkg.index.catalog import decode_catalog
from zoopkg.index.entry import PackEntry
from zoopkg.model import layout as layouts
from zoopkg.model.digest import Digest
from zoopkg.model.manifest import Manifest, ManifestReader, write
from zoopkg.model.record import MirrorList, Record, Revocations
from zoopkg.project.file import ProjectFile
from zoopkg.project.lock import Lock

EXAMPLES = Path(__file__).parents[1] / "examples"


def damaged(data: bytes) -> Iterator[bytes]:
    for place, byte in enumerate(data):
        before, after = data[:place], data[place + 1 :]
        bit = (0, 2, 5)[place % 3]
        yield before + bytes([byte ^ 1 << bit]) + after
        yield before + after


def read_manifest(data: bytes) -> Manifest:
    return ManifestReader([data], "it").read()


def read_layout(data: bytes) -> layouts.Layout:
    return layouts.read([data], "it")


READERS: list[tuple[str, Callable[[bytes], Any], Callable[[Any], bytes]]] = [
    ("manifest-1.jsonl", read_manifest, lambda manifest: b"".join(write(manifest.header, manifest.instances))),
    ("layout-1.jsonl", read_layout, lambda layout: b"".join(layouts.write(layout))),
    ("record-1.json", lambda data: Record.decode(data, "it"), Record.encode),
    ("pack-1.json", lambda data: PackEntry.decode(data, "it"), PackEntry.encode),
    ("revoked-1.json", lambda data: Revocations.decode(data, "it"), Revocations.encode),
    ("mirrors-1.json", lambda data: MirrorList.decode(data, "it"), MirrorList.encode),
    ("zoo-1.lock", Lock.decode, Lock.encode),
]


@pytest.mark.parametrize(("name", "read", "write"), READERS)
def test_damage_is_refused_or_reads_as_valid_values(
    name: str, read: Callable[[bytes], Any], write: Callable[[Any], bytes]
) -> None:
    refused = 0
    for data in damaged((EXAMPLES / name).read_bytes()):
        try:
            value = read(data)
        except ZooError:
            refused += 1
            continue
        written = write(value)
        assert write(read(written)) == written
    assert refused


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("catalog-1.json", lambda data: decode_catalog(data, "it")),
        ("zoo-1.toml", lambda data: ProjectFile.parse(data, "it", pyproject=False)),
    ],
)
def test_damage_to_what_is_only_read(name: str, read: Callable[[bytes], object]) -> None:
    refused = 0
    for data in damaged((EXAMPLES / name).read_bytes()):
        try:
            read(data)
        except ZooError:
            refused += 1
    assert refused


def test_no_damage_to_a_manifest_passes_for_its_identity() -> None:
    data = (EXAMPLES / "manifest-1.jsonl").read_bytes()
    identity = Digest.of(data)
    for changed in damaged(data):
        with pytest.raises(ZooError):
            ManifestReader([changed], "it", identity).read()
        with pytest.raises(ZooError):
            list(ManifestReader([changed], "it", identity).contents())
