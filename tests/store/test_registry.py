"""The notes of projects in a store: what was noted is known, once, whatever its path looks like."""

import os
import stat
import tempfile
from pathlib import Path

import pytest
from filesystems import remount_read_only, tmpfs
from hypothesis import given
from hypothesis import strategies as st
from strategies import large_law

from zoopkg.errors import ZooError
from zoopkg.store.registry import Project, Registry
from zoopkg.store.usage import alone, in_use

# Any bytes but a separator are a name on Linux, UTF-8 or not.
names = st.binary(min_size=1, max_size=20).map(lambda name: os.fsdecode(name.replace(b"\0", b"").replace(b"/", b"")))
folders = st.lists(names.filter(lambda name: name not in ("", ".", "..")), max_size=3).map(
    lambda parts: Path("/", *parts)
)


@large_law
@given(st.lists(st.builds(Project, folders, folders), max_size=5))
def test_what_was_noted_is_known(projects: list[Project]) -> None:
    with tempfile.TemporaryDirectory() as store:
        registry = Registry(Path(store))
        assert registry.projects() == ()
        for project in (*projects, *projects):
            registry.note(project)
        assert registry.projects() == tuple(sorted(set(projects)))
        for project in projects[:2]:
            registry.forget(project)
            registry.forget(project)
        assert set(registry.projects()) == set(projects) - set(projects[:2])


def test_the_same_project_by_another_path(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "project")
    assert Project.at(tmp_path / "link", tmp_path / "link" / "zoo") == Project.at(
        tmp_path / "project", tmp_path / "project" / "zoo"
    )


def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.note(Project(tmp_path, tmp_path / "zoo"))
    (note,) = registry.root.iterdir()
    assert (stat.S_IMODE(registry.root.stat().st_mode), stat.S_IMODE(note.stat().st_mode)) == (0o700, 0o600)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 1}', '{"version": 1, "project": "relative", "data": "/x"}', '{"version": 9}']
)
def test_a_damaged_note_is_told(tmp_path: Path, text: str) -> None:
    registry = Registry(tmp_path)
    registry.note(Project(tmp_path, tmp_path / "zoo"))
    (note,) = registry.root.iterdir()
    note.write_text(text)
    with pytest.raises(ZooError, match=note.name) as caught:
        registry.projects()
    assert caught.value.exit_code == 1
    registry.note(Project(tmp_path, tmp_path / "zoo"))
    assert registry.projects() == (Project(tmp_path, tmp_path / "zoo"),)


def test_a_store_on_read_only_media_is_used_without(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "1m") as disk:
        known, unknown = Project(disk, disk / "zoo"), Project(tmp_path, tmp_path / "zoo")
        Registry(disk).note(known)
        remount_read_only(disk)
        Registry(disk).note(unknown)
        assert Registry(disk).projects() == (known,)
        with in_use(disk):
            pass
        with pytest.raises(ZooError, match="file system is read-only"), alone(disk):
            pass


def test_a_newer_note_is_refused(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.root.mkdir()
    (registry.root / "x.json").write_text('{"version": 2, "project": "/x", "data": "/x/zoo"}')
    with pytest.raises(ZooError, match="a newer zoopkg"):
        registry.projects()
