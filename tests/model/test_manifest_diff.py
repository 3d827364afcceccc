"""Two manifests compared: what came, went, changed, moved, or is only described otherwise."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from strategies import law

from zoopkg.model.digest import Digest
from zoopkg.model.instance import Instance
from zoopkg.model.manifest_diff import ManifestDiff, diff_manifests, summary


def an_instance(path: str, content: str = "", note: str = "", **facets: object) -> Instance:
    return Instance(path, Digest.of((content or path).encode()), 10, facets, note=note)


def between(before: str, after: str) -> ManifestDiff:
    """What differs between `PATH=CONTENT …` and another such text."""
    sides = (sorted(dict(each.split("=") for each in text.split()).items()) for text in (before, after))
    return diff_manifests(*([an_instance(*each) for each in side] for side in sides))


def told(found: ManifestDiff) -> list[str]:
    return [
        *(f"+{each.path}" for each in found.added),
        *(f"-{each.path}" for each in found.removed),
        *(f"~{old.path}" for old, _ in found.changed),
        *(f"{old.path}>{new.path}" for old, new in found.renamed),
        *(f"?{old.path}" for old, _ in found.described),
        *([f"{found.same}"] if found.same else []),
    ]


def test_what_differs() -> None:
    assert told(between("a=1 b=2 c=3", "a=1 b=9 d=4")) == ["+d", "-c", "~b", "1"]
    assert told(between("a=1 b=2", "c=2 a=1")) == ["b>c", "1"]
    assert told(between("", "a=1")) == ["+a"]
    assert told(between("a=1", "")) == ["-a"]


def test_copies_of_one_content() -> None:
    assert told(between("a=1", "a=1 b=1")) == ["+b", "1"]  # a copy that came is not a new name of one that stayed
    assert told(between("a=1 b=1", "c=1")) == ["-b", "a>c"]
    assert told(between("a=1 b=1", "c=1 d=1")) == ["a>c", "b>d"]
    assert told(between("a=1", "a=2 b=1")) == ["+b", "~a"]


def test_paths_sort_as_in_manifests() -> None:
    assert told(between("a/b=1 a-b=2 a.b=3", "a.b=3 a/b=1 a-c=2")) == ["a-b>a-c", "2"]


def test_other_facets_or_another_note_alone() -> None:
    before = [an_instance("a", modality="CT"), an_instance("b"), an_instance("c")]
    after = [an_instance("a", modality="MR"), an_instance("b", note="odd"), an_instance("c")]
    assert told(diff_manifests(before, after)) == ["?a", "?b", "1"]


def test_streams_are_read_once_and_to_their_end() -> None:
    before, after = iter([an_instance("a"), an_instance("b")]), iter([an_instance("b"), an_instance("c")])
    assert told(diff_manifests(before, after)) == ["+c", "-a", "1"]
    assert (next(before, None), next(after, None)) == (None, None)


def test_summary() -> None:
    some = [
        an_instance("a", kind="dicom", modality="CT", defects=["meta.a", "meta.b"]),
        an_instance("b", kind="dicom", modality="MR", defects=["meta.b"], rows=5),
        an_instance("c", kind="other"),
        an_instance("d", kind="dicom", modality="MR", defects=[]),
    ]
    assert summary(some) == {
        "modality": {"MR": 2, "CT": 1},
        "kind": {"dicom": 3, "other": 1},
        "defects": {"meta.b": 2, "meta.a": 1},
    }
    assert list(summary(some)["modality"]) == ["MR", "CT"]
    assert summary([]) == {}


_contents = st.dictionaries(st.sampled_from("abcdefg"), st.tuples(st.sampled_from("123"), st.sampled_from(["", "x"])))
sides = _contents.map(lambda some: [an_instance(path, *rest) for path, rest in sorted(some.items())])


@law
@given(sides)
def test_a_manifest_differs_in_nothing_from_itself(side: list[Instance]) -> None:
    assert diff_manifests(side, side) == ManifestDiff(same=len(side))
    assert not diff_manifests(side, side)


@law
@given(sides, sides)
def test_the_other_way_round(before: list[Instance], after: list[Instance]) -> None:
    there, back = diff_manifests(before, after), diff_manifests(after, before)
    assert (there.added, there.removed, there.same) == (back.removed, back.added, back.same)
    for these, those in (
        (there.changed, back.changed),
        (there.described, back.described),
        (there.renamed, back.renamed),
    ):
        assert sorted(these, key=repr) == sorted(((old, new) for new, old in those), key=repr)


@law
@given(sides, sides)
def test_what_differs_leads_from_one_to_the_other(before: list[Instance], after: list[Instance]) -> None:
    found = diff_manifests(before, after)
    result = {each.path: each for each in before}
    for old in (*found.removed, *(old for old, _ in found.renamed)):
        del result[old.path]
    for new in (*found.added, *(new for _, new in (*found.renamed, *found.changed, *found.described))):
        result[new.path] = new
    assert sorted(result.values(), key=lambda each: each.path) == after
    pairs = (*found.changed, *found.renamed, *found.described)
    assert 2 * (found.same + len(pairs)) + len(found.added) + len(found.removed) == len(before) + len(after)
    assert all(old.path == new.path for old, new in (*found.changed, *found.described))
    assert all(replace(old, path=new.path, note=new.note) == new for old, new in found.renamed)
