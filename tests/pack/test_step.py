"""How far a version must move for what changed: the table, and what a maintainer is told."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from zoopkg.errors import UsageError
from zoopkg.model.digest import Digest
from zoopkg.model.instance import Instance
from zoopkg.model.manifest import Header, Manifest
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version
from zoopkg.pack.step import Step, change, check_step, step_between


def manifest(files: Mapping[str, str], version: str = "1.0.0", **header: object) -> Manifest:
    instances = tuple(Instance(path, Digest.of(text.encode()), len(text)) for path, text in sorted(files.items()))
    made = Header(PackName("zoo", "demo"), parse_version(version), "MIT", 1, len(instances), 0)
    return Manifest(replace(made, **header), instances, Digest.of(b""))


OLD = manifest({"a": "1", "b": "2"})


def with_instance(**fields: object) -> Manifest:
    first, second = OLD.instances
    return replace(OLD, instances=(replace(first, **fields), second))


@pytest.mark.parametrize(
    ("new", "step", "reason"),
    [
        (manifest({"a": "1"}), Step.MAJOR, "b is no longer there"),
        (manifest({"a": "1", "c": "2"}), Step.MAJOR, "b is no longer there"),
        (manifest({"a": "1", "b": "other"}), Step.MAJOR, "the bytes of b differ"),
        (manifest({"a": "2", "b": "1"}), Step.MAJOR, "the bytes of a differ"),
        (manifest({"a": "1", "b": "2", "c": "3"}), Step.MINOR, "c is new"),
        (manifest({"a": "1", "b": "2"}, requires=("zoo/x@^1",)), Step.MINOR, "what it requires differs"),
        (manifest({"a": "1", "b": "2"}, license="CC0-1.0"), Step.MINOR, "its license differs"),
        (with_instance(license="CC0-1.0"), Step.MINOR, "the license of a differs"),
        (with_instance(note="why"), Step.PATCH, "only descriptions or facets differ"),
        (with_instance(facets={"modality": "CT"}), Step.PATCH, "only descriptions or facets differ"),
        (manifest({"a": "1", "b": "2"}, authors=("A",)), Step.PATCH, "only descriptions or facets differ"),
        (OLD, Step.PATCH, "only descriptions or facets differ"),
    ],
)
def test_what_a_change_asks_for(new: Manifest, step: Step, reason: str) -> None:
    found = change(OLD, new)
    assert (found.step, found.reason) == (step, reason)


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("1.2.3", "1.2.4", Step.PATCH),
        ("1.2.3", "1.3.0", Step.MINOR),
        ("1.2.3", "2.0.0", Step.MAJOR),
        ("1.2.3", "2.0.0-rc.1", Step.MAJOR),
        ("1.2.3", "1.3.0-rc.1", Step.MINOR),
        ("0.2.3", "0.2.4", Step.MINOR),
        ("0.2.3", "0.3.0", Step.MAJOR),
        ("0.2.3", "1.0.0", Step.MAJOR),
        ("0.0.3", "0.0.4", Step.MAJOR),
        ("0.0.3", "0.1.0", Step.MAJOR),
        ("1.0.0-rc.1", "1.0.0-rc.2", Step.MAJOR),
        ("1.0.0-rc.1", "1.0.0", Step.MAJOR),
        ("1.0.0", "1.0.0", Step.NONE),
    ],
)
def test_what_a_version_says(old: str, new: str, step: Step) -> None:
    assert step_between(parse_version(old), parse_version(new)) is step


GONE, ADDED, NOTED = manifest({"a": "1"}), manifest({"a": "1", "b": "2", "c": "3"}), with_instance(note="why")


@pytest.mark.parametrize(
    ("new", "old", "enough", "too_small"),
    [
        (GONE, "1.2.3", "2.0.0", "1.3.0"),
        (GONE, "0.2.3", "0.3.0", "0.2.4"),
        (GONE, "0.0.3", "0.0.4", None),
        (ADDED, "1.2.3", "1.3.0", "1.2.4"),
        (ADDED, "0.2.3", "0.2.4", None),
        (NOTED, "1.2.3", "1.2.4", None),
        (NOTED, "0.2.3", "0.2.4", None),
    ],
)
def test_the_smallest_version_that_is_enough(new: Manifest, old: str, enough: str, too_small: str | None) -> None:
    def numbered(manifest: Manifest, version: str) -> Manifest:
        return replace(manifest, header=replace(manifest.header, version=parse_version(version)))

    check_step(numbered(OLD, old), numbered(new, enough))
    for version in [too_small] if too_small else []:
        with pytest.raises(UsageError, match=f"zoo/demo {version} says less than its content: since {old}, ") as caught:
            check_step(numbered(OLD, old), numbered(new, version))
        assert caught.value.hint == f"Call it {enough} or later in pack.toml."
    with pytest.raises(UsageError) as caught:
        check_step(numbered(OLD, old), numbered(new, old))
    assert caught.value.hint == f"Call it {enough} or later in pack.toml."


def test_after_a_prerelease_anything_may_change() -> None:
    old = manifest({"a": "1"}, "1.0.0-rc.1")
    check_step(old, manifest({"b": "1"}, "1.0.0-rc.2"))
    check_step(old, manifest({"b": "1"}, "1.0.0"))
