"""Records, revocations and mirror lists: one value, one text; and what an index's document may not say."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import digests, large_law, law, records, some_text

from zoopkg.errors import FormatError
from zoopkg.index.catalog import decode_catalog
from zoopkg.index.entry import PackEntry
from zoopkg.model.canonical import encode
from zoopkg.model.digest import Digest
from zoopkg.model.record import MAX_TEXT, MirrorList, Record, Revocations, catalog
from zoopkg.model.version import parse_version

EXAMPLES = Path(__file__).parents[1] / "examples"


@large_law
@given(records())
def test_a_record_reads_back(record: Record) -> None:
    assert Record.decode(record.encode(), "it") == record
    for release in record.releases:
        assert record.release(release.version) == release
        entry = PackEntry(record.name, release, record.texts)
        assert PackEntry.decode(entry.encode(), "it") == entry


@large_law
@given(st.lists(records(), max_size=2, unique_by=lambda record: record.name))
def test_a_catalog_reads_back(made: list[Record]) -> None:
    entries = decode_catalog(catalog({record.name: record for record in made}), "it")
    assert [entry.name for entry in entries] == sorted(record.name for record in made)
    by_name = {record.name: record for record in made}
    for entry in entries:
        left = [release for release in by_name[entry.name].releases if not release.yanked]
        assert list(entry.versions) == [release.version for release in left]
        assert entry.size == (left[-1].size if left else 0)


@law
@given(st.dictionaries(digests, some_text, max_size=3), st.dictionaries(digests, some_text, max_size=3))
def test_revocations_read_back(manifests: dict[Digest, str], instances: dict[Digest, str]) -> None:
    revocations = Revocations(manifests, instances)
    assert Revocations.decode(revocations.encode(), "it") == revocations


@law
@given(st.lists(some_text, max_size=3).map(tuple))
def test_mirror_lists_read_back(templates: tuple[str, ...]) -> None:
    assert MirrorList.decode(MirrorList(templates).encode(), "it") == MirrorList(templates)


def test_a_new_release_finds_its_place() -> None:
    record = Record.decode((EXAMPLES / "record-1.json").read_bytes(), "it")
    between = replace(record.releases[0], version=parse_version("1.0.0"))
    assert [str(each.version) for each in record.with_release(between).releases] == ["1.0.0-rc.1", "1.0.0", "1.1.0"]
    assert record.release(parse_version("9.9.9")) is None


def document(name: str, change: Callable[[Any], object]) -> bytes:
    value = json.loads((EXAMPLES / name).read_bytes())
    change(value)
    return encode(value)


def put(*keys: str | int, value: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (put("schema", value="record/2"), "'schema' of it is record/2, newer than this zoopkg reads"),
        (put("schema", value="pack/1"), "'schema' of it must be 'record/1'"),
        (put("name", value="Demo"), "'name' of it is wrong: 'Demo' is not a pack name"),
        (put("summary", value="s" * 201), "'summary' of it is longer than 200 characters"),
        (put("summary", value="s\x1b"), "'summary' of it holds a control character"),
        (put("description", value="d" * (MAX_TEXT + 1)), "'description' of it is longer than"),
        (put("keywords", value=["a", 1]), "'keywords[1]' of it must be a string"),
        (put("releases", value={}), "'releases' of it must be a list"),
        (put("releases", 1, "version", value="1.1"), "'releases[1].version' of it is wrong"),
        (put("releases", 1, "version", value="1.0.0-rc.1"), "'releases' of it must be sorted by version, each once"),
        (put("releases", 1, "version", value="0.1.0"), "'releases' of it must be sorted by version, each once"),
        (put("releases", 1, "published", value="yesterday"), "'releases[1].published' of it is not a day"),
        (put("releases", 1, "published", value="2026-13-01"), "'releases[1].published' of it is not a day"),
        (put("releases", 1, "published", value="2026-1-1"), "'releases[1].published' of it is not a day"),
        (put("releases", 1, "content", value="ab"), "'releases[1].content' of it is wrong"),
        (put("releases", 1, "bytes", value=-1), "'releases[1].bytes' of it must lie between"),
        (put("releases", 1, "instances", value="4"), "'releases[1].instances' of it must be a whole number"),
        (put("releases", 1, "manifest", "size", value=0), "'releases[1].manifest.size' of it must lie between"),
        (put("releases", 1, "layout", "sha256", value=""), "'releases[1].layout.sha256' of it is malformed"),
        (put("releases", 1, "facets", value=[]), "'releases[1].facets' of it must be an object"),
        (put("releases", 1, "facets", "modality", value=1), "'releases[1].facets.modality' of it must be an object"),
        (
            put("releases", 1, "facets", "modality", "CT", value="1"),
            "'releases[1].facets.modality.CT' of it must be a whole number",
        ),
        (put("releases", 1, "yanked", value=True), "'releases[1].yanked' of it must be a string"),
    ],
)
def test_what_a_record_may_not_say(change: Callable[[Any], None], why: str) -> None:
    with pytest.raises(FormatError, match=re.escape(why)):
        Record.decode(document("record-1.json", change), "it")


@pytest.mark.parametrize("name", ["catalog-1.json", "mirrors-1.json", "pack-1.json", "record-1.json", "revoked-1.json"])
def test_a_newer_schema_is_refused_with_a_hint(name: str) -> None:
    kind = name.partition("-")[0]
    readers = {
        "catalog": decode_catalog,
        "mirrors": MirrorList.decode,
        "pack": PackEntry.decode,
        "record": Record.decode,
        "revoked": Revocations.decode,
    }
    with pytest.raises(FormatError, match=f"is {kind}/7, newer than this zoopkg reads") as caught:
        readers[kind](document(name, put("schema", value=f"{kind}/7")), "it")
    assert caught.value.hint == "Update zoopkg."


@pytest.mark.parametrize("name", ["record-1.json", "pack-1.json", "revoked-1.json", "mirrors-1.json"])
def test_a_field_of_a_later_release_is_ignored(name: str) -> None:
    readers = {"record": Record, "pack": PackEntry, "revoked": Revocations, "mirrors": MirrorList}
    reader = readers[name.partition("-")[0]]
    later = document(name, put("later", value={"a": [1]}))
    assert reader.decode(later, "it") == reader.decode((EXAMPLES / name).read_bytes(), "it")


def test_a_withdrawal_names_a_digest() -> None:
    for key in ("instances", "manifests"):
        changed = document("revoked-1.json", put(key, "b3:ab", value="why"))
        with pytest.raises(FormatError, match=re.escape(f"'{key}.b3:ab' of it is wrong: 'ab' is not a digest")):
            Revocations.decode(changed, "it")
