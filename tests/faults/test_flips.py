"""One bit flipped anywhere in an index: never a wrong byte in zoo/ or the store, never an error of another kind.

ZOOPKG_FLIPS says at how many places of the blobs (300 by default).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from zoopkg_cli import Machine, Maintainer, Result, contents, objects, released, served

from zoopkg.store.objects import hash_file

FLIPS = int(os.environ.get("ZOOPKG_FLIPS", "300"))
_RANDOM = Random(3)
FILES = {
    **{f"series/{n:02}": b"header of a slice " * 20 + _RANDOM.randbytes(100) for n in range(12)},
    "large": _RANDOM.randbytes(20_000),
    "compressible": b"0123456789" * 10_000,
    "empty": b"",
}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(
        tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES, "demo@1.1.0": {**FILES, "new": b"new " * 300}}
    )


EXPECTED = {**FILES, "new": b"new " * 300}


@contextmanager
def flipped(path: Path, at: int, bit: int) -> Iterator[None]:
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
    try:
        yield
    finally:
        path.write_bytes(data)


def judge(machine: Machine, result: Result, what: str, codes: tuple[int, ...] = (0, 5, 6)) -> None:
    result.sober()
    assert result.code in codes, f"{what}: {result}"
    placed = contents(machine.zoo) if machine.zoo.exists() else {}
    for path, data in placed.items():
        assert EXPECTED[path.removeprefix("demo/")] == data, f"{what}: {path}"
    if result.code == 0:
        assert len(placed) in (len(FILES), len(EXPECTED)), what
    for path in objects(machine.store):
        assert hash_file(path).hex == path.name, what


def test_in_every_metadata_file(maintainer: Maintainer, tmp_path: Path) -> None:
    index = served(maintainer.index, tmp_path / "index")
    codes = set()
    for path in sorted(index.glob("*.json")):
        size = path.stat().st_size
        for third in range(3):
            machine = Machine(tmp_path / "machine")
            at = (2 * third + 1) * size // 6
            with flipped(path, at, _RANDOM.randrange(8)):
                result = machine.call("install", "demo@1", "--index", index, "--root", maintainer.first_root)
            judge(machine, result, f"{path.name} at {at}")
            codes.add(result.code)
            shutil.rmtree(machine.root)
    assert 5 in codes


def test_in_the_root_that_a_folder_holds(maintainer: Maintainer, tmp_path: Path) -> None:
    index = served(maintainer.index, tmp_path / "index")
    root = index / "1.root.json"
    for at in range(0, root.stat().st_size, root.stat().st_size // 12):
        machine = Machine(tmp_path / "machine")
        with flipped(root, at, _RANDOM.randrange(8)):
            judge(machine, machine.call("install", "demo@1", "--index", index), f"the root at {at}")
        shutil.rmtree(machine.root)


def test_in_every_blob(maintainer: Maintainer, tmp_path: Path) -> None:
    index = served(maintainer.index, tmp_path / "index")
    machine = Machine(tmp_path / "machine")
    machine.call("install", "demo@1", "--index", index).expect(0)
    used = {"manifest": 1, "layout": 1, "bundle": 2}
    codes = []
    for kind, share in used.items():
        blobs = list(index.glob(f"*.{kind}"))
        sizes = [path.stat().st_size for path in blobs]
        for place in _RANDOM.sample(range(sum(sizes)), min(sum(sizes), FLIPS * share // 4)):
            number, at = located(place, sizes)
            empty(machine)
            with flipped(blobs[number], at, _RANDOM.randrange(8)):
                result = machine.call("install", *(["--frozen"] if place % 8 else []))
            judge(machine, result, f"{blobs[number].name} at {at}")
            codes.append(result.code)
    assert codes.count(5) > len(codes) // 4


def located(place: int, sizes: list[int]) -> tuple[int, int]:
    number = 0
    while place >= sizes[number]:
        place -= sizes[number]
        number += 1
    return number, place


def empty(machine: Machine) -> None:
    """Take away all content, and leave what is trusted of the index."""
    for path in [*objects(machine.store), *(machine.store / "blobs").iterdir()]:
        path.unlink()
    shutil.rmtree(machine.zoo, ignore_errors=True)


def test_wrong_on_one_mirror_and_right_on_the_next(maintainer: Maintainer, tmp_path: Path) -> None:
    bad = served(maintainer.index, tmp_path / "bad")
    for kind in ("manifest", "layout", "bundle"):
        for path in bad.glob(f"*.{kind}"):
            data = path.read_bytes()
            path.write_bytes(data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :])
    machine = Machine(tmp_path / "machine")
    result = machine.call("install", "demo@1", "--index", maintainer.index, "--mirror", bad)
    result.expect(0, f"the mirror {bad} gave wrong bytes")
    assert contents(machine.zoo / "demo") == EXPECTED
