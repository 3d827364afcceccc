"""A kill, or a full disk, at any change of a file: what was valid stays valid, and the next run completes."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from children import DONE, KILLED, REFUSED, disk_full, endings, kill
from maintained import THEN, Maintained
from simulator import Mirrors, Simulator
from small_packs import build

from zoopkg.index import ceremony, releases, staging
from zoopkg.index.client import IndexClient
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import keygen
from zoopkg.index.revoked import read_revocations
from zoopkg.index.roles import RoleKeys
from zoopkg.index.verify import verify
from zoopkg.model.names import PackName

DEMO = PackName.parse("demo")
FAULTS = pytest.mark.parametrize(
    ("act", "ending", "step"), [(kill, KILLED, 1), (disk_full, REFUSED, 4)], ids=["kill", "disk full"]
)
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to be killed in a child")


@FAULTS
def test_an_update_that_is_stopped(
    sim: Simulator, tmp_path: Path, act: Callable[[], None], ending: int, step: int
) -> None:
    def client() -> IndexClient:
        return IndexClient(state, sim.trusted_root, ["sim://a/"], Mirrors(a=sim.files), now=lambda: sim.now)

    state = tmp_path / "before"
    client().record(DEMO)
    before = state
    sim.rotate("root")
    sim.add("demo", "second")
    state = tmp_path / "state"

    seen = set()
    shutil.copytree(before, state, symlinks=True)
    for seen_ending in endings(lambda: client().record(DEMO), act, step):
        seen.add(seen_ending)
        client().load()
        read_revocations(state)
        assert client().record(DEMO).texts.summary == "second"
        shutil.rmtree(state)
        shutil.copytree(before, state, symlinks=True)
    assert seen == {DONE, ending}


@FAULTS
def test_a_first_update_that_is_stopped(
    sim: Simulator, tmp_path: Path, act: Callable[[], None], ending: int, step: int
) -> None:
    state = tmp_path / "state"

    def client() -> IndexClient:
        return IndexClient(state, sim.trusted_root, ["sim://a/"], Mirrors(a=sim.files), now=lambda: sim.now)

    seen = set()
    for seen_ending in endings(lambda: client().record(DEMO), act, step):
        seen.add(seen_ending)
        assert client().record(DEMO).texts.summary == "first"
        shutil.rmtree(state)
    assert seen == {DONE, ending}


@FAULTS
def test_a_publication_that_is_stopped(
    index: Maintained, tmp_path: Path, act: Callable[[], None], ending: int, step: int
) -> None:
    keygen(index.keys, "root-2")
    ceremony.rotate(index.idx, "root", RoleKeys(("root-2",)), index.keys, index.dates)
    index.add(version="1.1.0")
    original, idx = index.idx, tmp_path / "copy"
    index.idx = idx
    seen = set()
    shutil.copytree(original, idx)
    for seen_ending in endings(index.publish, act, 2 * step):
        seen.add(seen_ending)
        assert verify(idx, THEN) == ()
        index.publish()
        assert versions(idx) == ["1.0.0", "1.1.0"]
        shutil.rmtree(idx)
        shutil.copytree(original, idx)
    assert seen == {DONE, ending}


@FAULTS
def test_an_addition_that_is_stopped(
    index: Maintained, tmp_path: Path, act: Callable[[], None], ending: int, step: int
) -> None:
    original, idx = index.idx, tmp_path / "copy"
    index.idx = idx
    entry = build(index.out, "demo", "1.1.0", {"c.dcm": b"third"})
    seen = set()
    shutil.copytree(original, idx)
    for seen_ending in endings(lambda: releases.add(idx, entry, index.out, index.keys, index.dates), act, 2 * step):
        seen.add(seen_ending)
        assert verify(idx, THEN) == ()
        releases.add(idx, entry, index.out, index.keys, index.dates)
        index.publish()
        assert versions(idx) == ["1.0.0", "1.1.0"]
        shutil.rmtree(idx)
        shutil.copytree(original, idx)
    assert seen == {DONE, ending}


def versions(idx: Path) -> list[str]:
    return [str(release.version) for release in staging.record(IndexFolder(idx), DEMO).releases]
