"""What a maintainer wants withdrawn: a release, a file of a pack, or a digest; as written, and found in an index.

demo@1.0.0              the release as a whole
demo@1.0.0:a/b.dcm      the content that this file has in this version, in whatever packs and under whatever paths
demo:a/b.dcm            the same, where the file has one content in all versions
b3:2f6e…                a content
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from zoopkg.errors import FormatError, UsageError
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName, check_path
from zoopkg.model.version import Version, parse_version
from zoopkg.pack.holdings import Held, Holdings

_FORMS = "Name a release (demo@1.0.0), a file (demo@1.0.0:a/b.dcm, or demo:a/b.dcm) or a content (b3:…)."
_DIGEST = "b3:"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to withdraw.

    Attributes:
        text: as it was written.
        name: the pack; None where a content is named by its digest.
        version: None for any.
        path: empty for the whole release.
    """

    text: str
    name: PackName | None = None
    version: Version | None = None
    path: str = ""
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """What a person wrote.

        Raises:
            UsageError: it is none of the forms.
        """
        try:
            if text.startswith(_DIGEST):
                return cls(text, digest=Digest.parse(text))
            spec, colon, path = text.partition(":")
            name, at, version = spec.partition("@")
            parsed = parse_version(version.removeprefix("=")) if at else None
            target = cls(text, PackName.parse(name), parsed, check_path(path) if colon else "")
        except FormatError as error:
            raise UsageError(error.message, hint=_FORMS) from error
        if not (at or colon):
            raise UsageError(f"'{text}' names neither a version nor a file", hint=_FORMS)
        return target


@dataclass(frozen=True, slots=True)
class Found:
    """What some targets mean in an index.

    Attributes:
        wholes: releases to be withdrawn as a whole.
        contents: contents to be withdrawn.
        namespaces: those of the packs that were named, and those that have a content that was named by its digest.
    """

    wholes: list[Held] = field(default_factory=list)
    contents: set[Digest] = field(default_factory=set)
    namespaces: set[str] = field(default_factory=set)


def find(holdings: Holdings, targets: Iterable[Target]) -> Found:
    """What some targets mean.

    Raises:
        UsageError: one is nowhere in the index, or means several contents.
        ZooError: a manifest cannot be read.
    """
    found = Found()
    for target in targets:
        if target.digest is not None:
            _find_digest(holdings, target.digest, found)
            continue
        named = _named(holdings, target)
        found.namespaces.add(named[0].name.namespace)
        if target.path:
            found.contents.add(_content(holdings, target, named))
        else:
            found.wholes.extend(held for held in named if held not in found.wholes)
    return found


def _find_digest(holdings: Holdings, digest: Digest, found: Found) -> None:
    """Find a content, or the release whose identity a digest is."""
    having = []
    for namespace in holdings.records:
        for held in holdings.releases(namespace):
            if held.release.content == digest:
                found.wholes.append(held)
                having.append(held)
        having += [held for held in holdings.live(namespace) if digest in _digests(holdings, held)]
    if not having:
        raise UsageError(f"no release in the index has {digest}")
    found.namespaces.update(held.name.namespace for held in having)
    if not any(held.release.content == digest for held in having):
        found.contents.add(digest)


def _digests(holdings: Holdings, held: Held) -> Iterable[Digest]:
    return (digest for _, digest, _ in holdings.manifest(held).contents())


def _named(holdings: Holdings, target: Target) -> Sequence[Held]:
    assert target.name
    namespace = target.name.namespace
    known = [held for held in holdings.releases(namespace) if held.name == target.name]
    if not known:
        raise UsageError(f"the index has no pack {target.name}")
    found = [held for held in known if target.version in (None, held.release.version)]
    if not found:
        versions = ", ".join(str(held.release.version) for held in known)
        raise UsageError(f"{target.name.short} has no version {target.version}", hint=f"It has {versions}.")
    return found


def _content(holdings: Holdings, target: Target, named: Sequence[Held]) -> Digest:
    """The one content that a file has in some versions."""
    live = holdings.live(named[0].name.namespace)
    contents: dict[Digest, list[str]] = {}
    for held in named:
        if held in live or target.version is not None:  # the manifest of another one may be gone
            for path, digest, _ in holdings.manifest(held).contents():
                if path == target.path:
                    contents.setdefault(digest, []).append(str(held.release.version))
    spec = target.text.partition(":")[0]
    if not contents:
        raise UsageError(f"{spec} has no file {target.path!r}", hint="`zoopkg info NAME --files` lists its files.")
    if len(contents) > 1:
        told = "; ".join(f"{digest} in {', '.join(versions)}" for digest, versions in contents.items())
        raise UsageError(
            f"{target.path!r} has several contents over the versions of {spec}: {told}",
            hint="Name the version, or the digests.",
        )
    return next(iter(contents))
