"""Exports made by hand for the tests of what reads them: headers, bodies, and an end that vouches for all of it."""

import json
from pathlib import Path
from typing import Any

from blake3 import blake3

from zoopkg.airgap.format import FIRST_LINE, Section
from zoopkg.airgap.reading import ExportFile


def header(**fields: Any) -> bytes:
    """A header line, canonical whatever it says."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def sealed(*sections: bytes, count: int | None = None) -> bytes:
    """A whole export of these sections, each its header with its body."""
    data = FIRST_LINE + b"".join(sections)
    number = len(sections) if count is None else count
    return data + header(kind="end", length=0, sections=number, b3=blake3(data).hexdigest())


def resealed(data: bytes, old: bytes, new: bytes) -> bytes:
    """An export with something else in it, that vouches for what it is now."""
    assert old in data
    data = data.replace(old, new)
    end = data.rindex(b'{"b3":"')
    return sealed(data[len(FIRST_LINE) : end], count=json.loads(data[end:])["sections"])


def on_disk(path: Path, data: bytes) -> ExportFile:
    path.write_bytes(data)
    return ExportFile(path)


def check(path: Path, data: bytes) -> None:
    """What `import` does first."""
    on_disk(path, data).check(lambda _: None)


def sections(path: Path, data: bytes) -> list[tuple[Section, bytes]]:
    """The sections of an export, each with its bytes."""
    export = on_disk(path, data)
    return [(each, b"".join(export.pieces(each)) if hasattr(each, "length") else b"") for each in export.sections()]
