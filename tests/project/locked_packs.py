"""Locks for tests, short to write: `{"a@1.0.0": ["b@2.0.0"]}` is what requires what. Asserts nothing."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, parse_version
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedPack, LockedRoot


def a_pack(text: str, requires: Sequence[str] = (), content: str = "") -> LockedPack:
    """The pack `NAME@VERSION`, whose digests follow from that text unless the content is another one."""
    name, _, version = text.partition("@")
    content_digest, digest = Digest.of((content or text).encode()), Digest.of(text.encode())
    needs = tuple(f"zoo/{each}" for each in requires)
    return LockedPack(
        PackName.parse(name), parse_version(version), "zoo", content_digest, digest, digest, 1, 1, "MIT", needs
    )


def a_lock(packs: Mapping[str, Sequence[str]], roots: Mapping[str, str]) -> Lock:
    """A lock of these packs, and of these requirements of the project."""
    needs = {PackName.parse(name): LockedRoot(Need(Requirement.parse(text))) for name, text in roots.items()}
    return Lock(tuple(a_pack(text, requires) for text, requires in packs.items()), needs)


_IDS = [f"{name}@{version}" for name in "abcd" for version in ("1.0.0", "1.1.0", "2.0.0")]


@st.composite
def graphs(draw: st.DrawFn) -> Lock:
    """A lock of a few packs that require each other in any way, also in circles."""
    ids = draw(st.lists(st.sampled_from(_IDS), unique=True, max_size=7))
    some = st.lists(st.sampled_from(ids), unique=True, max_size=4) if ids else st.just([])
    names = sorted({each.partition("@")[0] for each in ids})
    roots = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["*", "^1", "^2"]))) if names else {}
    return a_lock({each: draw(some) for each in ids}, roots)
