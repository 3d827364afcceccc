"""The frozen export: a reader made from its page alone takes it apart, and every zoopkg imports and installs it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard
from blake3 import blake3
from pages import examples
from zoopkg_cli import Machine, contents

FROZEN = Path(__file__).parents[1] / "examples" / "export-1.zoopkg"
EXAMPLES = examples()
CONTENTS = {
    "a/again.txt": b"Hello.\n",
    "a/hello.txt": b"Hello.\n",
    "notes/Größe.txt": b"1,7 m\n",
    "zeros.bin": bytes(300_000),
}


def sections(data: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    """By docs/formats/export.md: each header with its bytes, the end last; checks form, count and digest."""
    place = data.index(b"\n") + 1
    assert data[:place] == b'{"schema":"export/1"}\n'
    count = 0
    while True:
        end = data.index(b"\n", place) + 1
        header = json.loads(data[place:end])
        if header["kind"] == "end":
            assert (header["sections"], header["b3"]) == (count, blake3(data[:place]).hexdigest())
            assert end == len(data)
            return
        body = data[end : end + header["length"]]
        assert len(body) == header["length"]
        yield header, body
        place, count = end + header["length"], count + 1


def test_the_page_suffices_to_read_it() -> None:
    names, found = set(), {}
    for header, body in sections(FROZEN.read_bytes()):
        if header["kind"] == "file" and "targets" in header:
            (target,) = header["targets"]
            assert header["name"] == f"{hashlib.sha256(body).hexdigest()}.{target.rpartition('/')[2]}"
            assert body.decode() == EXAMPLES[target].removesuffix("\n")
        elif header["kind"] == "file":
            assert body.decode() == EXAMPLES[header["name"]].removesuffix("\n")
        elif header["kind"] in ("manifest", "layout"):
            assert blake3(body).hexdigest() == header["b3"]
            assert zstandard.decompress(body).decode() == EXAMPLES[f"demo.{header['kind']}.txt"]
        elif header["kind"] == "block":
            data = zstandard.decompress(body)
            assert len(data) == header["size"]
            for digest, place, size in header["members"]:
                found[digest] = data[place : place + size]
                assert blake3(found[digest]).hexdigest() == digest
        names.add(header["kind"])
    assert names == {"index", "file", "manifest", "layout", "block"}
    assert set(found.values()) == set(CONTENTS.values())


def test_the_lines_are_those_of_the_page() -> None:
    data = FROZEN.read_bytes()
    lines = [json.dumps(header, sort_keys=True, separators=(",", ":")) for header, _ in sections(data)]
    stated = EXAMPLES["demo.export.txt"].splitlines()
    assert stated[0] == data.split(b"\n", 1)[0].decode()
    assert stated[1:-1] == lines
    assert data.decode(errors="replace").endswith(f"{stated[-1]}\n")


def test_it_imports_for_ever(tmp_path: Path) -> None:
    """Its index has expired long ago; whoever has its root and a lock installs what it carries."""
    machine = Machine(tmp_path)
    root = tmp_path / "root.json"
    root.write_text(EXAMPLES["1.root.json"].removesuffix("\n"))
    machine.call("import", FROZEN, "--root", root).expect(0, "is stale: its", "Imported demo 1.0.0", "3 of 3 contents")
    (machine.project / "zoo.lock").write_text(EXAMPLES["zoo.lock"])
    machine.call("install", "--frozen", "--offline").expect(0, "nothing fetched")
    assert contents(machine.zoo / "demo") == CONTENTS
