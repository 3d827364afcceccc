"""What cannot be exported or imported: one sentence, the right exit code, and everything left as it was."""

import os
import shutil
from pathlib import Path
from random import Random

import pytest
import zstandard
from exports import header, resealed, sealed
from zoopkg_cli import Machine, Maintainer, contents, installed, objects, released, served

from zoopkg.model.digest import Digest

_RANDOM = Random(4)
FILES = {"a.dcm": b"a" * 3000, "b.dcm": _RANDOM.randbytes(2000), "empty": b""}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES, "other@1.0.0": {"x": b"x"}})


@pytest.fixture(scope="module")
def exported(index: Maintainer, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    machine = installed(tmp_path_factory.mktemp("exporter"), index, "demo@1")
    machine.call("export", "-o", "packs.zoopkg").expect(0)
    return (machine.project / "packs.zoopkg").read_bytes()


@pytest.fixture
def machine(index: Maintainer, tmp_path: Path) -> Machine:
    """A machine whose project's index is a copy of its own."""
    machine = Machine(tmp_path / "machine")
    copy = served(index.index, tmp_path / "idx")
    machine.call("install", "demo@1", "--index", copy).expect(0)
    return machine


def emptied(machine: Machine, index: Path, *kinds: str) -> None:
    """Take objects off a machine, and files off its index."""
    for path in objects(machine.store):
        path.unlink()
    for kind in kinds:
        for path in index.glob(kind):
            path.unlink()


def files_of(machine: Machine) -> list[str]:
    return sorted(path.name for path in machine.project.iterdir())


def test_no_lock(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.call("export", "-o", "x").expect(3, "there is no zoo.lock", "name packs to export")
    machine.call("export", "-o", "x", "nothing-like-it").expect(4)
    machine.call("export", "nothing").expect(2, "--output")
    assert files_of(machine) == []


def test_blobs_that_are_gone(machine: Machine, tmp_path: Path) -> None:
    before = files_of(machine)
    emptied(machine, tmp_path / "idx", "*.bundle")
    machine.call("export", "-o", "x").expect(6, "no mirror had")
    told = machine.call("export", "-o", "x", "--offline").expect(7, "3 of the instances of demo 1.0.0")
    assert "network was ruled out" in told.err
    assert files_of(machine) == before


def test_a_full_store_needs_neither_index_nor_mirror(machine: Machine, tmp_path: Path, exported: bytes) -> None:
    shutil.rmtree(tmp_path / "idx")
    told = machine.call("export", "-o", "x").expect(0, "what the index 'idx' signs is left out", "nothing fetched")
    assert "could not ask the index" in told.err
    other = Machine(tmp_path / "other")
    shutil.copy(machine.project / "zoo.lock", other.project)
    document = other.call("import", machine.project / "x", "--json").expect(0).document
    assert document["indexes"] == []
    other.call("install", "--frozen", "--offline").expect(0)
    assert contents(other.zoo / "demo") == FILES


def test_a_damaged_object_is_found_and_fetched_anew(machine: Machine, exported: bytes) -> None:
    path = next(path for path in objects(machine.store) if path.read_bytes() == FILES["b.dcm"])
    status = path.stat()
    path.chmod(0o644)
    path.write_bytes(FILES["b.dcm"][::-1])  # of the same size, and with the time set back
    path.chmod(0o444)
    os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))
    (machine.project / "x").write_bytes(b"the one before")
    machine.call("export", "-o", "x").expect(5, "the store's copy of b3:", "was damaged")
    assert (machine.project / "x").read_bytes() == b"the one before"
    machine.call("export", "-o", "x").expect(0, " fetched")
    assert (machine.project / "x").read_bytes() == exported


@pytest.mark.parametrize(
    ("where", "code", "told"),
    [
        (".", 2, "'.' is there, and is not a file"),
        ("/dev/null", 2, "'/dev/null' is there, and is not a file"),
        ("nowhere/x", 2, "there is no folder '{project}/nowhere' to write into\nhint: Make it"),
        ("zoo.toml/x", 2, "there is no folder '{project}/zoo.toml' to write into\nhint: Make it"),
        ("x" * 250, 1, f"cannot write '{{project}}/{'x' * 250}': the path is too long\nhint: "),
    ],
    ids=["folder", "device", "no folder", "in a file", "long"],
)
def test_where_no_file_can_be(machine: Machine, where: str, code: int, told: str) -> None:
    before = files_of(machine)
    machine.call("export", "-o", where).expect(code, told.format(project=machine.project)).sober()
    assert files_of(machine) == before
    assert Path("/dev/null").is_char_device()


def test_a_link_is_followed(machine: Machine, tmp_path: Path, exported: bytes) -> None:
    (machine.project / "link").symlink_to(tmp_path / "disk.zoopkg")
    machine.call("export", "-o", "link").expect(0)
    assert (machine.project / "link").is_symlink()
    assert (tmp_path / "disk.zoopkg").read_bytes() == exported


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off(tmp_path: Path, index: Maintainer, exported: bytes, part: float) -> None:
    machine = Machine(tmp_path / "machine")
    (machine.project / "half").write_bytes(exported[: int(part * len(exported))])
    machine.call("import", "half", "--root", index.first_root).expect(5, "is not whole: it ends after", "Copy it again")
    assert objects(machine.store) == []
    assert list((machine.store / "blobs").iterdir()) == []
    assert list((machine.store / "index").iterdir()) == []


def test_a_file_that_was_altered(tmp_path: Path, exported: bytes) -> None:
    machine = Machine(tmp_path / "machine")
    place = exported.index(FILES["b.dcm"])  # which does not compress
    (machine.project / "x").write_bytes(exported[:place] + b"!" + exported[place + 1 :])
    machine.call("import", "x").expect(5, "was altered since it was written")
    assert objects(machine.store) == []


def test_what_is_no_export(machine: Machine) -> None:
    machine.call("import", "zoo.lock").expect(5, "is no file that `zoopkg export` wrote")
    machine.call("import", "nowhere").expect(2, "cannot be read: No such file", "Name a file that `zoopkg export`")
    machine.call("import", ".").expect(2, "is not a file")
    (root,) = machine.project.glob("*-root.json")
    machine.call("import", root.name).expect(5, "is no file that `zoopkg export` wrote", "Check which file this is")
    (machine.project / "newer").write_bytes(header(schema="export/2") + b"...")
    machine.call("import", "newer").expect(5, "newer than this zoopkg reads", "Update zoopkg")


def test_contents_that_are_not_what_their_digest_says(tmp_path: Path, exported: bytes) -> None:
    """The file vouches for itself, and is wrong all the same: what is right of it stays, what is not never appears."""
    machine = Machine(tmp_path / "machine")
    digest = Digest.of(FILES["b.dcm"]).hex.encode()
    (machine.project / "x").write_bytes(resealed(exported, digest, b"0" * 64))
    machine.call("import", "x").expect(5, "the block at byte", "is not what it says")
    assert {path.read_bytes() for path in objects(machine.store)} <= set(FILES.values())
    assert list((machine.store / "objects").glob("*/.*")) == []
    assert list((machine.store / "pending").iterdir()) == []


@pytest.mark.parametrize("kind", ["manifest", "layout"])
@pytest.mark.parametrize("body", [b"x", b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"], ids=["no zstd", "no lines"])
def test_documents_that_are_none(tmp_path: Path, kind: str, body: bytes) -> None:
    machine = Machine(tmp_path)
    good = header(kind=kind, length=len(body), b3=Digest.of(body).hex) + body
    (machine.project / "x").write_bytes(sealed(good))
    machine.call("import", "x").expect(5, f"the {kind} b3:")
    (machine.project / "x").write_bytes(sealed(header(kind=kind, length=len(body), b3="0" * 64) + body))
    machine.call("import", "x").expect(5, "has other bytes than its name says")
    assert list((machine.store / "blobs").iterdir()) == []


def test_bombs(tmp_path: Path) -> None:
    """Frames that unfold to more than they should, or than anyone has memory for."""
    machine = Machine(tmp_path)
    zeros = zstandard.ZstdCompressor().compress(bytes(64 << 20))
    lying = zstandard.ZstdCompressor().compress(b"x").replace(b"\x20\x01", b"\x20\x09")
    for frame, size in ((zeros, 1), (zeros, 1 << 40), (lying, 9), (zeros + zeros, 64 << 20), (b"x", 1)):
        members = [[Digest.of(b"x").hex, 0, 1]]
        block = header(kind="block", length=len(frame), size=size, members=members) + frame
        (machine.project / "x").write_bytes(sealed(block))
        machine.call("import", "x").expect(5, "the block at byte")
        assert objects(machine.store) == []
