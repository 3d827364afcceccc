"""The data folder on a real disk: what is observed there, what a plan changes, and what is never touched."""

import os
from collections.abc import Mapping
from pathlib import Path

import packing
import pytest

from zoopkg.errors import PolicyError, ZooError
from zoopkg.install.plan import Plan, Wanted, make_plan
from zoopkg.install.tree import Tree
from zoopkg.model.digest import Digest
from zoopkg.store.links import Linker, LinkMode
from zoopkg.store.store import Store

FIRST, SECOND = b"first content", b"other content"  # of one size, so that only their digests tell them apart


def want(data: bytes) -> Wanted:
    return Wanted(Digest.of(data), len(data))


class Folder:
    """A data folder over a store that holds both contents."""

    def __init__(self, root: Path) -> None:
        self.root, self.scratch = root / "zoo", root / "scratch"
        self.root.mkdir()
        self.scratch.mkdir()
        with packing.session(root / "store") as (store, session):
            self.store: Store = store
            for data in (FIRST, SECOND):
                session.put(Digest.of(data), data)
        self.tree = Tree(self.root, self.store.objects)

    def plan(self, wanted: Mapping[str, Wanted], owned: Mapping[str, list[Wanted]] | None = None) -> Plan:
        owned = owned or {}
        return make_plan(wanted, owned, self.tree.observe(wanted, owned, {"demo"}))

    def apply(self, plan: Plan, mode: LinkMode = LinkMode.AUTO) -> None:
        linker = Linker(mode, self.store.objects.root, self.scratch)
        self.tree.apply(plan, linker, lambda _: None)

    def install(self, wanted: Mapping[str, Wanted], mode: LinkMode = LinkMode.AUTO) -> dict[str, list[Wanted]]:
        """Place files, and tell what zoopkg owns now."""
        self.apply(self.plan(wanted), mode)
        return {path: [each] for path, each in wanted.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize("mode", [LinkMode.AUTO, LinkMode.HARDLINK, LinkMode.SYMLINK, LinkMode.COPY])
def test_what_was_placed_is_known_again(folder: Folder, mode: LinkMode) -> None:
    wanted = {"demo/a": want(FIRST), "demo/deep/er/b": want(SECOND)}
    owned = folder.install(wanted, mode)
    assert (folder.root / "demo/deep/er/b").read_bytes() == SECOND
    again = folder.plan(wanted, owned)
    assert (again.keep, again.is_empty) == (2, True)
    assert list(folder.scratch.iterdir()) == []


@pytest.mark.parametrize("mode", [LinkMode.HARDLINK, LinkMode.SYMLINK, LinkMode.COPY])
def test_replacing_and_removing(folder: Folder, mode: LinkMode) -> None:
    owned = folder.install({"demo/a": want(FIRST), "demo/gone/far/b": want(FIRST), "demo/kept": want(FIRST)}, mode)
    after = {"demo/a": want(SECOND), "demo/kept": want(FIRST)}
    plan = folder.plan(after, owned)
    assert (list(plan.replace), plan.remove, plan.keep) == (["demo/a"], ("demo/gone/far/b",), 1)
    folder.apply(plan, mode)
    assert (folder.root / "demo/a").read_bytes() == SECOND
    assert sorted(os.listdir(folder.root / "demo")) == ["a", "kept"]
    assert list(folder.scratch.iterdir()) == []


def test_pruning_spares_folders_that_hold_something(folder: Folder) -> None:
    owned = folder.install({"demo/x/y/b": want(FIRST)})
    (folder.root / "demo/x/mine").write_text("a note")
    folder.apply(folder.plan({}, owned))
    assert sorted(path.name for path in (folder.root / "demo").rglob("*")) == ["mine", "x"]


@pytest.mark.parametrize("mode", [LinkMode.SYMLINK, LinkMode.COPY])
def test_an_edited_file_is_told_and_kept(folder: Folder, mode: LinkMode) -> None:
    owned = folder.install({"demo/a": want(FIRST), "demo/b": want(FIRST)}, mode)
    for name in ("a", "b"):
        path = folder.root / "demo" / name
        path.unlink()
        path.write_bytes(b"edited content")
    plan = folder.plan({"demo/a": want(SECOND)}, owned)
    assert (plan.edited, plan.is_empty) == (("demo/a", "demo/b"), True)


def test_an_edit_of_the_same_size_is_seen_by_its_time(folder: Folder) -> None:
    owned = folder.install({"demo/a": want(FIRST)}, LinkMode.COPY)
    (folder.root / "demo/a").write_bytes(SECOND)
    assert folder.plan({"demo/a": want(FIRST)}, owned).edited == ("demo/a",)


def test_another_file_in_the_way_is_foreign(folder: Folder) -> None:
    (folder.root / "demo/b").mkdir(parents=True)
    (folder.root / "demo/a").write_bytes(b"mine")
    (folder.root / "demo/c").symlink_to("a")
    wanted = {f"demo/{name}": want(FIRST) for name in "abc"}
    assert folder.plan(wanted).foreign == ("demo/a", "demo/b", "demo/c")


def test_a_right_file_that_nobody_remembers_is_taken_over(folder: Folder) -> None:
    (folder.root / "demo").mkdir()
    (folder.root / "demo/a").write_bytes(FIRST)
    plan = folder.plan({"demo/a": want(FIRST)})
    assert (plan.keep, plan.is_empty) == (1, True)


def test_after_a_killed_install_the_digest_tells_two_contents_apart(folder: Folder) -> None:
    folder.install({"demo/a": want(SECOND)})
    both = {"demo/a": [want(FIRST), want(SECOND)]}
    assert folder.tree.observe({"demo/a": want(SECOND)}, both, {"demo"}) == {"demo/a": Digest.of(SECOND)}


def test_a_link_to_a_folder_elsewhere_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder.root / "demo").symlink_to(elsewhere)
    with pytest.raises(PolicyError, match="symbolic link"):
        folder.install({"demo/a": want(FIRST)})
    assert list(elsewhere.iterdir()) == []


def test_a_file_where_a_folder_is_needed(folder: Folder) -> None:
    (folder.root / "demo").write_text("mine")
    with pytest.raises(PolicyError, match="is not a folder"):
        folder.install({"demo/a": want(FIRST)})
    assert (folder.root / "demo").read_text() == "mine"


def test_a_file_that_appears_in_between_is_not_overwritten(folder: Folder) -> None:
    plan = folder.plan({"demo/a": want(FIRST)})
    (folder.root / "demo").mkdir()
    (folder.root / "demo/a").write_bytes(b"mine")
    for mode in (LinkMode.HARDLINK, LinkMode.SYMLINK, LinkMode.COPY):
        with pytest.raises(ZooError, match="appeared"):
            folder.apply(plan, mode)
    assert (folder.root / "demo/a").read_bytes() == b"mine"
