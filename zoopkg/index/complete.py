"""Whether an index folder has what its next state leads clients to: the blobs of all releases that are new in it.

What older releases lead to already is not looked at: it may lie on mirrors alone. Nothing is hashed, since
`releases.add` did that.
"""

from collections.abc import Iterator
from contextlib import suppress

from tuf.api.metadata import Targets

from zoopkg.errors import FormatError, IntegrityError, NotOnMirrorsError, explaining
from zoopkg.index import roles
from zoopkg.index.folder import IndexFolder, parse
from zoopkg.model.blob import Blob
from zoopkg.model.frame import decompressed
from zoopkg.model.layout import read_blobs
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release


def refuse_incomplete(folder: IndexFolder) -> None:
    """Refuse a staged state that would lead clients to blobs that are not there.

    Raises:
        NotOnMirrorsError: a blob of a release that is new, or newly laid out, is not in the folder.
        IntegrityError: one is of another size, or a record stands in the place of another pack's.
    """
    for name, release, before in _changed(folder):
        what = f"{name.short} {release.version}"
        kept = _bundles(folder, before.layout) if before else set()
        if before is None:
            _require(folder, release.manifest, what)
        _require(folder, release.layout, what)
        for bundle in (_bundles(folder, release.layout) or set()) - kept if kept is not None else ():
            _require(folder, bundle, what)


def _bundles(folder: IndexFolder, layout: Blob) -> set[Blob] | None:
    """The bundles that a layout leads to, or None where it is not in the folder, or cannot be read."""
    path = folder.path / layout.name
    with explaining(f"read '{path}'"):
        data = path.read_bytes() if path.is_file() else None
    with suppress(FormatError):
        return None if data is None else set(read_blobs(decompressed(data, f"'{path}'"), f"'{path}'"))
    return None


def _changed(folder: IndexFolder) -> Iterator[tuple[PackName, Release, Release | None]]:
    """The releases of which clients would fetch other blobs than before, each with what is published of it."""
    for role in folder.staged_roles():
        if roles.role_namespace(role) is None:
            continue
        present = folder.published(role)
        old = parse(present, Targets, role).signed.targets if present else {}
        for path, target in folder.targets(role).signed.targets.items():
            if old.get(path) == target or roles.recorded(path) is None:
                continue
            try:
                record = Record.decode(folder.target(target), path)
            except FormatError:  # of a later kind, or hand-made: `index verify` tells
                continue
            if record.name != roles.recorded(path):
                raise IntegrityError(
                    f"'{path}' is the record of another pack, {record.name}", hint="Do not publish it."
                )
            past = folder.published_target(old[path]) if path in old else None
            known = {each.content: each for each in (Record.decode(past, path).releases if past else ())}
            for release in record.releases:
                before = known.get(release.content)
                if before is None or before.layout != release.layout:
                    yield record.name, release, before


def _require(folder: IndexFolder, blob: Blob, what: str) -> None:
    path = folder.path / blob.name
    with explaining(f"read '{path}'"):
        size = path.stat().st_size if path.is_file() else None
    if size is None:
        raise NotOnMirrorsError(
            f"{blob.name} of {what} is not in '{folder.path}' any more",
            hint="Build the pack again, and `index add` it again.",
        )
    if size != blob.size:
        raise IntegrityError(f"'{path}' has {size} bytes and {what} states {blob.size}", hint="Build the pack again.")
