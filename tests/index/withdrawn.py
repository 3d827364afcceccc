"""Withdrawing and pruning from Python, as the command line does it, and what a folder then holds."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import zstandard

from zoopkg.index.folder import IndexFolder
from zoopkg.index.roles import Dates
from zoopkg.index.signing import sign
from zoopkg.install.progress import Silent
from zoopkg.model.digest import Digest
from zoopkg.pack.audit import Auditor
from zoopkg.pack.holdings import Holdings, changing, mirrors_of
from zoopkg.pack.prune import delete, plan_pruning
from zoopkg.pack.repack import Repacker
from zoopkg.pack.targets import Target
from zoopkg.pack.withdraw import Request, Stage, Withdrawal, plan_withdrawal, stage
from zoopkg.transport.file import FileOpener
from zoopkg.transport.mirrors import Mirrors

OPENER = FileOpener()


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder where flushing costs nothing, if there is such a place."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as path:
        yield Path(path)


def mirrors(idx: Path) -> Mirrors:
    return mirrors_of(idx, (), OPENER, print)


def withdraw(idx: Path, keys: Path, dates: Dates, targets: Iterable[str], *namespaces: str) -> Withdrawal:
    request = Request(tuple(map(Target.parse, targets)), "a reason", namespaces)
    with changing(idx, mirrors(idx).fetch) as (folder, holdings):
        plan = plan_withdrawal(holdings, request)
        repacker = Repacker(idx, OPENER, mirrors(idx), Silent(), 1)
        stage(plan, holdings, Stage(folder, repacker, dates))
    sign(idx, keys)
    return plan


def prune(idx: Path, *, unreferenced: bool = False) -> None:
    with changing(idx, mirrors(idx).fetch) as (_, holdings):
        delete(plan_pruning(holdings, unreferenced=unreferenced))


def audit(idx: Path, dates: Dates) -> list[str]:
    report = Auditor(OPENER, Silent(), 1).audit(str(idx), None, dates.now)
    return [f"{finding.what}: {finding.why}" for finding in report.findings]


def holdings(idx: Path) -> Holdings:
    return Holdings.of(IndexFolder(idx), mirrors(idx).fetch)


def frames(path: Path) -> Iterator[bytes]:
    """What each zstd frame of a bundle unfolds to."""
    rest = path.read_bytes()
    while rest:
        unpacker = zstandard.ZstdDecompressor().decompressobj()
        yield unpacker.decompress(rest)
        rest = unpacker.unused_data


def installable(idx: Path, namespace: str) -> dict[tuple[str, str], set[Digest]]:
    """What each live release's layout leads to, cut out by plain zstd; by name and version."""
    held = holdings(idx)
    found: dict[tuple[str, str], set[Digest]] = {}
    for release in held.live(namespace):
        contents = found.setdefault((release.name.name, str(release.release.version)), set())
        for bundle in held.layout(release).bundles:
            data = (idx / bundle.blob.name).read_bytes()
            for block in bundle.blocks:
                whole = zstandard.ZstdDecompressor().decompress(data[block.offset : block.offset + block.length])
                contents |= {Digest.of(whole[each.place : each.place + each.size]) for each in block.members}
    return found
