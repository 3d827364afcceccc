"""Manifests: one value, one text; read in any pieces; and all that must hold over its lines together."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import large_law, manifests, short

from zoopkg.errors import FormatError, IntegrityError
from zoopkg.model import manifest as module
from zoopkg.model.canonical import encode
from zoopkg.model.digest import Digest
from zoopkg.model.instance import MAX_NOTE, Instance
from zoopkg.model.manifest import MAX_LINE, Header, ManifestReader, Source, write
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version

EMPTY = Digest.of(b"")
HEADER = Header(PackName.parse("demo"), parse_version("1.0.0"), "MIT", 1, 0, 0)


def text(header: Header, instances: list[Instance]) -> bytes:
    return b"".join(write(header, instances))


def of(*instances: Instance) -> bytes:
    return text(replace(HEADER, count=len(instances), size=sum(each.size for each in instances)), list(instances))


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


TRICKY = Instance(
    "p\u00e9,path.dcm", EMPTY, 0, {"modality": ',"path":"x"', "path": "x", "size": 1}, "MIT", ',"path":"n","size":1,'
)


@large_law
@given(manifests(), st.integers(1, 200))
@example((replace(HEADER, count=1), [TRICKY]), 7)
def test_what_was_written_reads_back_in_any_pieces(made: tuple[Header, list[Instance]], size: int) -> None:
    header, instances = made
    data = text(header, instances)
    manifest = ManifestReader(pieces(data, size), "it", Digest.of(data)).read()
    assert (manifest.header, list(manifest.instances), manifest.content) == (header, instances, Digest.of(data))
    quick = ManifestReader(pieces(data, size), "it", Digest.of(data)).contents()
    assert list(quick) == [(each.path, each.digest, each.size) for each in instances]


def test_another_identity_is_told_at_the_end() -> None:
    data = of(Instance("a", EMPTY, 0))
    for read in (list, lambda reader: list(reader.contents())):
        with pytest.raises(IntegrityError, match=re.escape(f"it is {Digest.of(data)}, not {EMPTY} as it should be")):
            read(ManifestReader([data], "it", EMPTY))


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        (["b", "a"], "the path 'a' comes after 'b', out of order"),
        (["a", "a"], "the path 'a' comes after 'a', out of order"),
        (["A", "a"], "are one file on some file systems"),
        (["STRASSE", "stra\u00dfe"], "are one file on some file systems"),
        (["a", "a/b"], "are one file on some file systems"),
    ],
)
def test_order_and_collisions(paths: list[str], why: str) -> None:
    instances = [Instance(path, EMPTY, 0) for path in paths]
    with pytest.raises(FormatError, match=why):
        of(*instances)
    header = replace(HEADER, count=2)
    lines = [encode(header.to_json()), *(encode(each.to_json()) for each in instances), b""]
    with pytest.raises(FormatError, match=f"^it, line 3: .*{why}"):
        ManifestReader([b"\n".join(lines)], "it").read()


@pytest.mark.parametrize(("count", "size"), [(2, 5), (1, 4), (1, 6)])
def test_count_and_sum_must_be_what_the_header_announces(count: int, size: int) -> None:
    instance = Instance("a", EMPTY, 5)
    why = f"zoo/demo 1.0.0 announces {count} instances of {size} bytes, and has 1 of 5"
    header = replace(HEADER, count=count, size=size)
    with pytest.raises(FormatError, match=why):
        text(header, [instance])
    data = encode(header.to_json()) + b"\n" + encode(instance.to_json()) + b"\n"
    with pytest.raises(FormatError, match=why):
        ManifestReader([data], "it").read()


def changed(key: str, value: object) -> Callable[[dict[str, object]], dict[str, object]]:
    return lambda line: line | {key: value}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed("other", 1), "has fields other than"),
        (lambda line: {key: line[key] for key in line if key != "size"}, "needs a path and a digest"),
        (changed("path", 1), "needs a path and a digest"),
        (changed("size", True), "needs a path and a digest"),
        (changed("size", "1"), "needs a path and a digest"),
        (changed("size", -1), "out of range"),
        (changed("size", (1 << 40) + 1), "out of range"),
        (changed("digest", "ab"), "not a digest"),
        (changed("path", "../a"), "has a part that is"),
        (changed("facets", {}), "the facets of 'a'"),
        (changed("facets", 0), "the facets of 'a'"),
        (changed("facets", None), "the facets of 'a'"),
        (changed("facets", {"a": None}), "the facets of 'a'"),
        (changed("facets", {"a": {}}), "the facets of 'a'"),
        (changed("facets", {"a": [1]}), "the facets of 'a'"),
        (changed("license", ""), "the license of 'a'"),
        (changed("license", 1), "the license of 'a'"),
        (changed("note", ""), "the note of 'a'"),
        (changed("note", "n" * (MAX_NOTE + 1)), "the note of 'a'"),
        (lambda line: [line], "has fields other than"),
    ],
)
def test_a_malformed_instance(change: Callable[[dict[str, object]], object], why: str) -> None:
    line = change(json.loads(encode(Instance("a", EMPTY, 0).to_json())))
    data = encode(replace(HEADER, count=1).to_json()) + b"\n" + encode(line) + b"\n"
    with pytest.raises(FormatError, match=f"^it, line 2: .*{why}"):
        ManifestReader([data], "it").read()


def test_a_line_that_is_not_canonical() -> None:
    data = of(Instance("a", EMPTY, 0))
    for other in (data.replace(b',"size":0}', b',"size":0 }'), data.replace(b'"size":0', b'"size":0,"size":0')):
        with pytest.raises(FormatError, match="a line of it is not canonical"):
            ManifestReader([other], "it").read()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"\n", "the header of it is not valid"),
        (of()[:-1], "it ends in the middle of a line"),
        (of() + b"\n", "a line of it is not valid"),
        (b"x" * (MAX_LINE + 1), f"it has a line over {MAX_LINE} bytes"),
        (of() + b"x" * (MAX_LINE + 1), f"it has a line over {MAX_LINE} bytes"),
    ],
    ids=short,
)
def test_a_malformed_stream(data: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        ManifestReader(pieces(data, 1000), "it").read()


def test_an_endless_stream_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MANIFEST", len(of()) + 3)
    ManifestReader([of()], "it").read()
    with pytest.raises(FormatError, match="it is larger than"):
        ManifestReader([of(), b"more"], "it").read()


def test_what_could_not_be_read_is_not_written() -> None:
    sources = tuple(Source("n" * 4000, "MIT") for _ in range(20))
    with pytest.raises(FormatError, match=r"the header of zoo/demo 1\.0\.0 is longer than"):
        text(replace(HEADER, source=sources), [])
    with pytest.raises(FormatError, match="the line of 'a' is longer than"):
        of(Instance("a", EMPTY, 0, {"voi": ["x" * MAX_LINE]}))


@pytest.mark.parametrize(
    "schema", ["layout/1", "manifest", "manifest/", "manifest/x", "manifest/-1", "manifest/\u0661", "1"]
)
def test_another_kind_of_document(schema: str) -> None:
    line = encode({**HEADER.to_json(), "schema": schema}) + b"\n"
    with pytest.raises(FormatError, match="'schema' of it must be 'manifest/1'"):
        ManifestReader([line], "it")


@pytest.mark.parametrize("number", ["2", "10", "9" * 4000], ids=short)
def test_a_newer_schema_is_refused_with_a_hint(number: str) -> None:
    line = encode({**HEADER.to_json(), "schema": f"manifest/{number}"}) + b"\n"
    with pytest.raises(FormatError, match="newer than this zoopkg reads") as caught:
        ManifestReader([line], "it")
    assert caught.value.hint == "Update zoopkg."
    assert len(caught.value.message) < 200
