"""What a data folder remembers: read back as written, refused when damaged, forgotten when no longer needed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from zoopkg.errors import ZooError
from zoopkg.install.parts import Part
from zoopkg.install.state import State, StateFolder
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version
from zoopkg.model.where import Where
from zoopkg.project.lock import LockedPack
from zoopkg.store.links import LinkMode


def placed(name: str, manifest: bytes) -> Part:
    digest = Digest.of(manifest)
    pack = LockedPack(
        PackName.parse(name), parse_version("1.0.0"), "zoo", digest, digest, digest, 2, 30, "MIT", ("zoo/x@1.0.0",)
    )
    return Part(pack, name)


ONE, TWO = placed("one", b"manifest one"), placed("two", b"manifest two")
SOME = replace(ONE, where=Where.of(modality="CT"), selection=Digest.of(b"some"))
MANIFESTS = {each.pack.manifest: data for each, data in ((ONE, b"manifest one"), (TWO, b"manifest two"))}


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / "zoo")
    folder.make_root()
    return folder


@pytest.mark.parametrize("state", [State(), State((ONE,)), State((SOME,)), State((ONE,), (TWO, ONE), LinkMode.COPY)])
def test_it_is_read_as_it_was_written(folder: StateFolder, state: State) -> None:
    folder.write(state, MANIFESTS)
    assert folder.read() == state


def test_nothing_is_remembered_at_first(tmp_path: Path) -> None:
    assert StateFolder(tmp_path / "nowhere").read() == State()


def test_manifests_stay_as_long_as_they_are_needed(folder: StateFolder) -> None:
    folder.write(State((ONE,), (TWO,)), MANIFESTS)
    assert (folder.manifest(ONE.pack), folder.manifest(TWO.pack)) == (b"manifest one", b"manifest two")
    folder.write(State((TWO,)), {})
    assert (folder.manifest(ONE.pack), folder.manifest(TWO.pack)) == (None, b"manifest two")


def test_a_damaged_manifest_counts_as_absent(folder: StateFolder) -> None:
    folder.write(State((ONE,)), MANIFESTS)
    (path,) = folder.root.glob("*.manifest")
    path.write_bytes(b"Manifest one")
    assert folder.manifest(ONE.pack) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 2}',
        '{"version": 1}',
        '{"version": 1, "placed": [{}]}',
        "[" * 100_000,
        "\x00",
    ],
)
def test_a_damaged_memory_is_told(folder: StateFolder, text: str) -> None:
    (folder.root / "state.json").write_text(text)
    with pytest.raises(ZooError, match="damaged"):
        folder.read()


def test_the_memory_of_a_newer_zoopkg_is_told(folder: StateFolder) -> None:
    (folder.root / "state.json").write_text('{"version": 2, "placed": "elsewhere"}')
    with pytest.raises(ZooError, match="newer zoopkg") as caught:
        folder.read()
    assert caught.value.hint == "Update zoopkg."


def test_a_cut_of_it_is_told(folder: StateFolder) -> None:
    folder.write(State((ONE,), (TWO,)), MANIFESTS)
    path = folder.root / "state.json"
    data = path.read_bytes()
    for length in range(0, len(data) - 1, 11):
        path.write_bytes(data[:length])
        with pytest.raises(ZooError, match="damaged"):
            folder.read()


def test_it_keeps_the_data_out_of_version_control(folder: StateFolder) -> None:
    ignore = folder.data / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("# mine\n")
    folder.make_root()
    assert ignore.read_text() == "# mine\n"


def test_scratch_is_empty_at_first_and_gone_at_last(folder: StateFolder) -> None:
    left = folder.root / "tmp" / "left"
    left.parent.mkdir()
    left.write_text("from a killed run")
    with folder.scratch() as scratch:
        assert list(scratch.iterdir()) == []
        (scratch / "copy").write_text("under way")
    assert not scratch.exists()


def test_the_state_is_one_document(folder: StateFolder) -> None:
    folder.write(State((ONE,), (), LinkMode.SYMLINK), MANIFESTS)
    document = json.loads((folder.root / "state.json").read_text())
    assert (document["version"], document["mode"], document["pending"]) == (1, "symlink", [])
    assert document["placed"][0]["folder"] == "one"
