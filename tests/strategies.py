"""Hypothesis strategies for the values of the zoo, shared by the tests of laws. Makes values; asserts nothing."""

import hashlib
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st

from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.instance import Instance
from zoopkg.model.layout import Block, Bundle, Layout, Member
from zoopkg.model.manifest import Header, Source
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release, Texts
from zoopkg.model.version import Requirement, Version
from zoopkg.model.where import Where
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedPack, LockedRoot

law = settings(deadline=None, max_examples=100)
"""How a law is tried: no deadline, since other work may load the machine."""
large_law = settings(deadline=None, max_examples=25)
"""How a law of large values is tried, which take long to make."""


def short(value: object) -> str:
    """An id of reasonable length for a test whose parameter may be long."""
    return str(value)[:40]


CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"

_printable = st.characters(exclude_categories=("Cc", "Cs"))
texts = st.text(_printable, max_size=20)
some_text = st.text(_printable, min_size=1, max_size=20)
integers = st.integers(0, 2**53 - 1)
digests = st.binary(min_size=32, max_size=32).map(Digest)

name_parts = st.from_regex(r"[a-z]{1,4}(-[a-z0-9]{1,3})?", fullmatch=True).filter(
    lambda part: part not in {"con", "prn", "aux", "nul"}
)
pack_names = st.builds(PackName, st.sampled_from(["zoo", "hospital"]), name_parts)

small_numbers = st.integers(0, 3)
_prerelease_parts = st.sampled_from(["alpha", "beta", "rc", "0", "1", "2", "11", "x-1"])
prereleases = st.one_of(st.none(), st.lists(_prerelease_parts, min_size=1, max_size=2).map(".".join))
versions = st.builds(Version, small_numbers, small_numbers, small_numbers, prereleases)


@st.composite
def comparator_texts(draw: st.DrawFn) -> str:
    """One part of a requirement, as a person would write it."""
    numbers = draw(st.lists(small_numbers, min_size=1, max_size=3))
    text = ".".join(map(str, numbers))
    prerelease = draw(prereleases) if len(numbers) == 3 else None
    return (
        draw(st.sampled_from(["", "^", "~", "=", ">", ">=", "<", "<="]))
        + text
        + (f"-{prerelease}" if prerelease else "")
    )


requirement_texts = st.one_of(st.just("*"), st.lists(comparator_texts(), min_size=1, max_size=3).map(", ".join))
requirements = requirement_texts.map(Requirement.parse)

_json_keys = st.text(st.characters(codec="ascii"), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_json_keys, inner, max_size=4),
    max_leaves=20,
)

_WINDOWS = {"con", "prn", "aux", "nul"} | {f"{device}{n}" for device in ("com", "lpt") for n in range(10)}
paths = st.lists(st.from_regex(r"[a-z0-9]{2,5}(\.dcm)?", fullmatch=True), min_size=1, max_size=3).map(
    lambda parts: "/".join(f"x{part}" for part in parts)  # nothing that Windows reserves begins so
)
facet_values = st.one_of(texts, integers, st.booleans(), st.lists(texts, max_size=3))
facets = st.dictionaries(st.sampled_from(["kind", "modality", "rows", "voi", "lossy"]), facet_values, max_size=4)
notes = st.one_of(st.just(""), some_text).filter(
    lambda path: not _WINDOWS & {part.partition(".")[0] for part in path.split("/")}
)


@st.composite
def manifests(draw: st.DrawFn) -> tuple[Header, list[Instance]]:
    """A header and the instances that it announces, sorted, no path being another's folder."""
    chosen = sorted(draw(st.sets(paths, max_size=6)))
    kept = [path for path in chosen if not any(other.startswith(f"{path}/") for other in chosen)]
    instances = [
        Instance(path, draw(digests), draw(st.integers(0, 1 << 40)), draw(facets), draw(notes), draw(notes))
        for path in kept
    ]
    header = Header(
        name=draw(pack_names),
        version=draw(versions),
        license=draw(some_text),
        inspector=1,
        count=len(instances),
        size=sum(instance.size for instance in instances),
        requires=tuple(draw(st.lists(st.just("zoo/other@^1"), max_size=1))),
        source=tuple(draw(st.lists(st.builds(Source, some_text, some_text, notes, notes), max_size=2))),
        authors=tuple(draw(st.lists(some_text, max_size=2))),
    )
    return header, instances


def blobs(kind: BlobKind) -> st.SearchStrategy[Blob]:
    """A blob of a kind, with digests that belong to nothing."""

    def build(digest: Digest, size: int, origin: str) -> Blob:
        return Blob(kind, digest, hashlib.sha256(digest.raw).hexdigest(), size, CID, origin)

    return st.builds(build, digests, st.integers(1, 1_900_000_000), st.just("zoo.demo-1.0.0"))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Bundles of consistent blocks, each with a member."""
    return Layout(tuple(draw(st.lists(_bundles(), max_size=3))))


@st.composite
def _bundles(draw: st.DrawFn) -> Bundle:
    blob = draw(blobs(BlobKind.BUNDLE).filter(lambda blob: blob.size > 1000))
    blocks = []
    for i in range(draw(st.integers(1, 3))):
        sizes = draw(st.lists(st.integers(0, 1 << 20), min_size=1, max_size=3))
        starts = [sum(sizes[:n]) for n in range(len(sizes))]
        members = tuple(Member(draw(digests), start, size) for start, size in zip(starts, sizes, strict=True))
        blocks.append(Block(i * 300, draw(st.integers(1, 300)), sum(sizes) + draw(small_numbers), members))
    return Bundle(blob, tuple(blocks))


_counts = st.dictionaries(st.sampled_from(["CT", "MR", "1.2.840.10008.1.2.1"]), integers, max_size=2)
releases: Callable[[Version], st.SearchStrategy[Release]] = lambda version: st.builds(  # noqa: E731
    Release,
    version=st.just(version),
    published=st.dates().map(str),
    content=digests,
    manifest=blobs(BlobKind.MANIFEST),
    layout=blobs(BlobKind.LAYOUT),
    license=some_text,
    instances=integers,
    size=integers,
    requires=st.lists(st.just("zoo/other@^1"), max_size=1).map(tuple),
    facets=st.dictionaries(st.sampled_from(["modality", "transfer_syntax"]), _counts, max_size=2),
    reviewers=st.lists(some_text, max_size=2).map(tuple),
    yanked=texts,
    deprecated=texts,
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A pack's record with some releases, oldest first."""
    return Record(
        name=draw(pack_names),
        texts=Texts(*(draw(texts) for _ in range(4)), keywords=tuple(draw(st.lists(texts, max_size=3)))),
        releases=tuple(draw(releases(version)) for version in sorted(draw(st.sets(versions, max_size=3)))),
    )


wheres = st.sampled_from(
    [
        Where.ALL,
        Where.of(modality=["CT", "!MR"], rows=">=512"),
        Where.of(path='a "b" \\*/ü.dcm'),
        Where.of(transfer_syntax="JPEG2000*", defects="none"),
    ]
)
needs = st.builds(Need, requirements, wheres, st.sampled_from(["", "nightly", "ci-2"]))
locked_roots = st.builds(lambda need, digest: LockedRoot(need, digest if need.where else None), needs, digests)


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    """A lock of some packs and roots."""
    packs = [
        draw(
            st.builds(
                LockedPack,
                name=st.just(name),
                version=versions,
                index=name_parts,
                content=digests,
                manifest=digests,
                layout=digests,
                instances=integers,
                size=integers,
                license=some_text,
                requires=st.lists(st.sampled_from(["zoo/a@1.0.0", "zoo/b@2.1.0"]), unique=True).map(sorted).map(tuple),
            )
        )
        for name in sorted(draw(st.sets(pack_names, max_size=4)))
    ]
    return Lock(tuple(packs), draw(st.dictionaries(pack_names, locked_roots, max_size=3)))
