"""Two branches that each add a pack: Git merges their locks without a conflict, as if one branch had added both."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, parse_version
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedPack, LockedRoot

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def pack(name: str, version: str = "1.0.0") -> LockedPack:
    def digest(kind: str) -> Digest:
        return Digest.of(f"{kind} of {name} {version}".encode())

    return LockedPack(
        name=PackName.parse(name),
        version=parse_version(version),
        index="zoo",
        content=digest("content"),
        manifest=digest("manifest"),
        layout=digest("layout"),
        instances=1,
        size=2,
        license="MIT",
        requires=("zoo/phantoms@1.0.0",),
    )


def lock_of(*packs: LockedPack) -> Lock:
    return Lock(packs, {each.name: LockedRoot(Need(Requirement.parse("^1"))) for each in packs})


def merge(folder: Path, ours: Lock, base: Lock, theirs: Lock) -> tuple[int, bytes]:
    """How many conflicts `git merge-file` left, and the merged text."""
    names = []
    for name, lock in (("ours", ours), ("base", base), ("theirs", theirs)):
        (folder / name).write_bytes(lock.encode())
        names.append(name)
    done = subprocess.run(["git", "merge-file", "-p", *names], cwd=folder, capture_output=True, check=False)
    return done.returncode, done.stdout


@needs_git
def test_packs_added_in_different_places(tmp_path: Path) -> None:
    base = [pack("ct"), pack("mr"), pack("us")]
    left, right = pack("dx"), pack("pt")
    conflicts, merged = merge(tmp_path, lock_of(*base, left), lock_of(*base), lock_of(*base, right))
    assert conflicts == 0
    assert merged == lock_of(*base, left, right).encode()


@needs_git
def test_a_pack_added_and_another_one_updated(tmp_path: Path) -> None:
    ct, mr, us = pack("ct"), pack("mr"), pack("us")
    ours = lock_of(ct, mr, us, pack("xa"))
    theirs = lock_of(pack("ct", "1.1.0"), mr, us)
    conflicts, merged = merge(tmp_path, ours, lock_of(ct, mr, us), theirs)
    assert conflicts == 0
    assert merged == lock_of(pack("ct", "1.1.0"), mr, us, pack("xa")).encode()


@needs_git
def test_one_pack_updated_to_two_versions_is_a_conflict(tmp_path: Path) -> None:
    base = lock_of(pack("ct"), pack("mr"))
    one, other = (lock_of(pack("ct", version), pack("mr")) for version in ("1.1.0", "1.2.0"))
    conflicts, _ = merge(tmp_path, one, base, other)
    assert conflicts > 0


def test_an_update_changes_the_lines_of_that_pack_alone() -> None:
    before = lock_of(pack("ct"), pack("mr")).encode().splitlines()
    after = lock_of(replace(pack("ct"), license="CC0-1.0"), pack("mr")).encode().splitlines()
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        (b'license = "MIT"', b'license = "CC0-1.0"')
    ]
