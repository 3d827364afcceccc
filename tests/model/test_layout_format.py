"""Layouts: one value, one text; narrowed to what is wanted; and what a mirror's layout may not say."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import large_law, layouts

from zoopkg.errors import FormatError
from zoopkg.model import layout as module
from zoopkg.model.blob import BlobHasher, BlobKind
from zoopkg.model.canonical import encode
from zoopkg.model.digest import Digest
from zoopkg.model.layout import MAX_MEMBERS, Block, Bundle, Layout, Member, read, write


@large_law
@given(layouts(), st.integers(1, 300))
def test_what_was_written_reads_back_in_any_pieces(layout: Layout, size: int) -> None:
    data = b"".join(write(layout))
    assert read([data[i : i + size] for i in range(0, len(data), size)], "it") == layout


@large_law
@given(layouts(), st.data())
def test_only_what_is_wanted_is_kept(layout: Layout, data: st.DataObject) -> None:
    def members(layout: Layout) -> list[Member]:
        return [member for bundle in layout.bundles for block in bundle.blocks for member in block.members]

    every = members(layout)
    wanted = data.draw(st.sets(st.sampled_from(every))) if every else set()
    digests = {member.digest for member in wanted}
    narrowed = read(write(layout), "it", digests)
    first = {member.digest: member for member in reversed(every)}
    assert members(narrowed) == [
        member for member in every if member is first[member.digest] and member.digest in digests
    ]
    assert all(block.members for bundle in narrowed.bundles for block in bundle.blocks)
    assert all(bundle.blocks for bundle in narrowed.bundles)


def lines(*changes: Callable[[list[Any]], object]) -> bytes:
    """A small layout's lines, changed."""
    hasher = BlobHasher()
    hasher.update(b"x" * 100)
    members = (Member(Digest.of(b"a"), 0, 4), Member(Digest.of(b"b"), 4, 4))
    layout = Layout((Bundle(hasher.blob(BlobKind.BUNDLE, "zoo.demo-1.0.0"), (Block(10, 90, 8, members),)),))
    values = [json.loads(line) for line in write(layout)]
    for change in changes:
        change(values)
    return b"".join(encode(value) + b"\n" for value in values)


def put(line: int, key: str, value: object) -> Callable[[list[Any]], None]:
    def change(values: list[Any]) -> None:
        values[line][key] = value

    return change


HEX = "ab" * 32


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (put(0, "schema", "manifest/1"), "'schema' of it must be 'layout/1'"),
        (put(0, "schema", "layout/2"), "newer than this zoopkg"),
        (put(0, "bundles", -1), "'bundles' of it must lie between"),
        (put(0, "bundles", 2), "it ends too early"),
        (put(0, "bundles", 0), "it goes on after its last bundle"),
        (put(1, "blocks", 2), "it ends too early"),
        (put(1, "blocks", 0), "it goes on after its last bundle"),
        (put(1, "bundle", {}), "'bundle.sha256' of it is missing"),
        (put(2, "offset", -1), "'offset' of it must lie between"),
        (put(2, "offset", 11), "'length' of it leads past the end of"),
        (put(2, "length", 0), "'length' of it must lie between"),
        (put(2, "length", 91), "'length' of it leads past the end of"),
        (put(2, "size", -1), "'size' of it must lie between"),
        (put(2, "size", 7), "'members[1]' of it is not"),
        (put(2, "members", {}), "'members' of it must be a list"),
        (put(2, "members", [[HEX, 0, -1]]), "'members[0]' of it is not"),
        (put(2, "members", [[HEX, -1, 1]]), "'members[0]' of it is not"),
        (put(2, "members", [[HEX, 0, 9]]), "'members[0]' of it is not"),
        (put(2, "members", [[HEX, 0, True]]), "'members[0]' of it is not"),
        (put(2, "members", [[HEX, 0]]), "'members[0]' of it is not"),
        (put(2, "members", [HEX]), "'members[0]' of it is not"),
        (put(2, "members", [[HEX, 0, 4], [HEX, 3, 4]]), "'members[1]' of it is not"),
        (put(2, "members", [[HEX, 4, 4], [HEX, 0, 4]]), "'members[1]' of it is not"),
        (put(2, "members", [["ab", 0, 4]]), "not a digest"),
        (put(2, "members", [[HEX, 0, 0]] * (MAX_MEMBERS + 1)), "has more than 10000 items"),
        (lambda values: values.append({}), "it goes on after its last bundle"),
        (lambda values: values.clear(), "it ends too early"),
        (lambda values: values.insert(0, []), "it must be an object"),
    ],
)
def test_what_is_refused(change: Callable[[list[Any]], object], why: str) -> None:
    assert len(read([lines()], "it").bundles) == 1
    with pytest.raises(FormatError, match=re.escape(why)):
        read([lines(change)], "it")


def test_an_endless_stream_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LAYOUT", len(lines()))
    read([lines()], "it")
    with pytest.raises(FormatError, match="it is larger than"):
        read([lines(), b"\n"], "it")


def test_a_line_of_any_depth_is_refused() -> None:
    with pytest.raises(FormatError, match="nests too deeply"):
        read([b"[" * 100_000 + b"\n"], "it")
