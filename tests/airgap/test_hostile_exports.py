"""Exports made to hurt, each with an end that vouches for it: refused in a sentence, and no memory taken before."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from exports import check, header, sealed
from strategies import short

from zoopkg.airgap.format import BEGINNING, FIRST_LINE, MAX_BLOB, MAX_FILE, MAX_LINE, Order
from zoopkg.airgap.importing import SESSION_CONTENTS, batches
from zoopkg.airgap.reading import ExportFile
from zoopkg.errors import FormatError, UsageError
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Block, Member

B3 = Digest.of(b"x").hex
INDEX = header(kind="index", length=0, name="lab")
FILE = header(kind="file", length=1, name="1.root.json") + b"x"
MANIFEST = header(kind="manifest", length=1, b3=B3) + b"x"
LAYOUT = header(kind="layout", length=1, b3=B3) + b"x"
ONE = [[B3, 0, 1]]
BLOCK = header(kind="block", length=1, size=1, members=ONE) + b"x"
END = header(kind="end", length=0, sections=0, b3=Digest.of(FIRST_LINE).hex)


def deep(levels: int) -> bytes:
    return b'{"kind":' + b"[" * levels + b"]" * levels + b"}\n"


FORMS = {
    "a kind that is unknown": (header(kind="symlink", length=0), "'symlink', which export/1 does not have"),
    "no kind": (header(length=0), "'kind'"),
    "no length": (header(kind="index", name="lab"), "'length'"),
    "a negative length": (header(kind="manifest", length=-1, b3=B3), "'length'"),
    "a length that is a text": (header(kind="manifest", length="1", b3=B3), "'length'"),
    "a length that is a fraction": (header(kind="manifest", length=1.5, b3=B3), "not an integer"),
    "a manifest of a terabyte": (header(kind="manifest", length=1 << 40, b3=B3), "'length'"),
    "a manifest over the limit": (header(kind="manifest", length=MAX_BLOB + 1, b3=B3), "'length'"),
    "an empty layout": (header(kind="layout", length=0, b3=B3), "'length'"),
    "a file over the limit": (INDEX + header(kind="file", length=MAX_FILE + 1, name="x"), "'length'"),
    "a file longer than the export": (INDEX + header(kind="file", length=MAX_FILE, name="x"), "is not whole"),
    "a block longer than the export": (header(kind="block", length=1 << 40, size=1, members=ONE), "is not whole"),
    "a block of more than a terabyte": (header(kind="block", length=1, size=1 << 41, members=ONE) + b"x", "'size'"),
    "a block of nothing": (header(kind="block", length=1, size=0, members=[]) + b"x", "'members'"),
    "a block that does not tell": (header(kind="block", length=1, size=0) + b"x", "'members'"),
    "an index with bytes": (header(kind="index", length=3, name="lab") + b"xxx", "must be 0"),
    "an end with bytes": (header(kind="end", length=3, sections=0, b3=B3) + b"xxx", "must be 0"),
    "a bundle": (header(kind="bundle", length=1, b3=B3) + b"x", "'bundle'"),
    "a digest in capitals": (header(kind="manifest", length=1, b3=B3.upper()) + b"x", "'b3'"),
    "a member outside its block": (header(kind="block", length=1, size=1, members=[[B3, 0, 2]]) + b"x", "members[0]"),
    "members that overlap": (
        header(kind="block", length=1, size=9, members=[[B3, 0, 5], [B3, 4, 5]]) + b"x",
        "members[1]",
    ),
    "too many members": (header(kind="block", length=1, size=0, members=[[B3, 0, 0]] * 10_001) + b"x", "members"),
    "a line that is too long": (header(kind="index", length=0, name="x" * (MAX_LINE + 1)), "a line over"),
    "a line that never ends": (b"x" * (2 * MAX_LINE), "a line over"),
    "a file of no index": (FILE, "out of order"),
    "an index after a manifest": (MANIFEST + INDEX, "out of order"),
    "a file after a manifest": (INDEX + MANIFEST + FILE, "out of order"),
    "a manifest after a layout": (LAYOUT + MANIFEST, "out of order"),
    "a layout after a block": (BLOCK + LAYOUT, "out of order"),
    "an index twice": (INDEX + INDEX, "has the index 'lab' twice"),
    "a file twice": (INDEX + FILE + FILE, "has the file 1.root.json of the index 'lab' twice"),
    "a document twice": (
        INDEX
        + header(kind="file", length=1, name="a", targets=["zoo/x.json"])
        + b"x"
        + header(kind="file", length=1, name="b", targets=["zoo/x.json"])
        + b"x",
        "twice",
    ),
    "a manifest twice": (MANIFEST + MANIFEST, "twice"),
    "nesting": (deep(60_000), "nests"),
    "nesting over the limit": (deep(65), "nests"),
    "a key twice": (b'{"kind":"index","kind":"index","length":0,"name":"lab"}\n', "not canonical"),
    "white space": (b'{"kind": "index","length":0,"name":"lab"}\n', "not canonical"),
    "keys in another order": (b'{"length":0,"kind":"index","name":"lab"}\n', "not canonical"),
    "a list": (b"[]\n", "must be an object"),
    "an empty line": (b"\n", "is not valid"),
    "no JSON": (b"PK\x03\x04\n", "is not valid"),
    "a name with an escape sequence": (header(kind="index", length=0, name="lab\x1b[2J"), "'name'"),
}
NAMES = ["../x", "/etc/passwd", "a/b", "a\\b", "", ".hidden", "-x", "x" * 256, "ä", "a b", "x\n", "\u202ex"]


def refused(memory: Path, data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        check(memory / "hostile", data)
    message = caught.value.message
    assert "\n" not in message
    assert "\x1b" not in message
    assert len(message) < 400
    assert caught.value.hint
    return message


@pytest.mark.parametrize(("sections", "told"), FORMS.values(), ids=list(FORMS))
def test_forms(memory: Path, sections: bytes, told: str) -> None:
    tracemalloc.start()
    try:
        assert told in refused(memory, sealed(sections, count=1))
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", NAMES, ids=short)
def test_names_of_files(memory: Path, name: str) -> None:
    assert "'name'" in refused(memory, sealed(INDEX, header(kind="file", length=0, name=name)))


@pytest.mark.parametrize("name", ["../x", "a/b", "A", "", "a--b", "zoo "], ids=short)
def test_names_of_indexes(memory: Path, name: str) -> None:
    assert "'name'" in refused(memory, sealed(header(kind="index", length=0, name=name)))


def test_ends(memory: Path) -> None:
    assert "it ends after 22 bytes, before its last line" in refused(memory, FIRST_LINE)
    assert "has 1 sections, and its end says 2" in refused(memory, sealed(INDEX, count=2))
    assert "goes on after its end" in refused(memory, sealed() + b"\n")
    assert "goes on after its end" in refused(memory, FIRST_LINE + END + END)
    check(memory / "empty", sealed())


def test_unknown_fields_are_for_later_writers(memory: Path) -> None:
    check(memory / "later", sealed(INDEX, header(kind="file", length=1, name="x", later=True) + b"x"))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is not whole: it ends after 0 bytes"),
        (b"\n", "is no file that `zoopkg export` wrote"),
        (b"PK\x03\x04" + bytes(1000) + b"\n", "is no file that `zoopkg export` wrote"),
        (b"PK\x03\x04", "is no file that `zoopkg export` wrote"),
        (bytes(2 * MAX_LINE), "is no file that `zoopkg export` wrote"),
        (BEGINNING + bytes(2 * MAX_LINE), "a line over"),
        (BEGINNING[:5], "is not whole: it ends after 5 bytes"),
        (b'{"schema":"manifest/1"}\n', "must be 'export/1'"),
        (b'{"schema":"export/x"}\n', "must be 'export/1'"),
        (b'{"schema":1}\n', "is no file that `zoopkg export` wrote"),
        (b'{"schema":"export/1" }\n', "is no file that `zoopkg export` wrote"),
    ],
    ids=short,
)
def test_other_files(memory: Path, data: bytes, told: str) -> None:
    assert told in refused(memory, data)


@pytest.mark.parametrize("number", [2, 10, 10**400])
def test_a_newer_format(memory: Path, number: int) -> None:
    with pytest.raises(FormatError, match=r"newer than this zoopkg reads \(export/1\)") as caught:
        check(memory / "newer", header(schema=f"export/{number}") + b"what a later zoopkg knows")
    assert caught.value.hint == "Update zoopkg."


@pytest.mark.parametrize("members", [0, 1, 10_000])
def test_blocks_are_written_a_few_at_a_time(members: int) -> None:
    """Whatever they have: an export has as many as its maker likes."""
    block = Block(0, 1, members, tuple(Member(Digest.of(b"x"), n, 1) for n in range(members)))
    found = list(batches([block] * 50_000)) if members < 2 else list(batches([block] * 5))
    assert len(found) == 3
    assert max(map(len, found)) * max(members, 1) == SESSION_CONTENTS


def test_no_more_names_than_memory_is_for(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Order, "MAX_NAMED", 3)
    some = [header(kind="index", length=0, name=f"lab-{n}") for n in range(4)]
    check(memory / "some", sealed(*some[:3]))
    assert "more than 3" in refused(memory, sealed(*some))


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [folder, lambda _: None], ids=["a folder", "nothing"])
def test_what_is_no_file(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "x")
    with pytest.raises(UsageError):
        ExportFile(tmp_path / "x")
