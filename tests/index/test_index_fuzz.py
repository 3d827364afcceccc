"""Any single byte of an index may change: a client finds the right data all the same, or refuses in words."""

import random
from pathlib import Path

import pytest
from maintained import THEN, Maintained
from simulator import Mirrors

from zoopkg.errors import ZooError
from zoopkg.index.client import IndexClient
from zoopkg.model.names import PackName

DEMO = PackName.parse("demo")
PLACES_A_FILE = 13


def read_all(state: Path, root: bytes, files: dict[str, bytes]) -> tuple[object, ...]:
    client = IndexClient(state, root, ["sim://a/"], Mirrors(a=files), now=lambda: THEN)
    client.refresh()
    return client.record(DEMO), client.catalog(), client.revocations(), client.mirrors()


def outcome(state: Path, root: bytes, files: dict[str, bytes]) -> tuple[object, ...] | ZooError:
    try:
        return read_all(state, root, files)
    except ZooError as error:
        return error


def metadata(index: Maintained) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in index.idx.glob("*.json")}


def changed(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    if dice.random() < 0.2:
        return data[:place]
    return data[:place] + bytes((data[place] ^ (1 << dice.randrange(8)),)) + data[place + 1 :]


def test_one_byte_anywhere(index: Maintained, tmp_path: Path) -> None:
    files = metadata(index)
    root = files["1.root.json"]
    right = read_all(tmp_path / "right", root, files)
    dice = random.Random(20260502)
    outcomes = set()
    for name in sorted(files):
        for i in range(PLACES_A_FILE):
            spoilt = files | {name: changed(files[name], dice)}
            found = outcome(tmp_path / f"{name}-{i}", root, spoilt)
            if isinstance(found, ZooError):
                assert found.message.isprintable()
                assert found.hint
                outcomes.add(found.exit_code)
            else:
                assert found == right
                outcomes.add(0)
    assert {0, 5} <= outcomes <= {0, 5, 6}


def test_one_byte_of_the_root_that_is_trusted(index: Maintained, tmp_path: Path) -> None:
    files = metadata(index)
    root = files["1.root.json"]
    right = read_all(tmp_path / "right", root, files)
    dice = random.Random(20260503)
    for i in range(60):
        found = outcome(tmp_path / f"root-{i}", changed(root, dice), files)
        assert found == right or (isinstance(found, ZooError) and found.exit_code == 5)


def test_one_byte_of_what_this_machine_trusts(index: Maintained, tmp_path: Path) -> None:
    """Damage in the state folder is mended from the mirrors, for trust begins at the root bytes every time."""
    files = metadata(index)
    root, state = files["1.root.json"], tmp_path / "state"
    right = read_all(state, root, files)
    dice = random.Random(20260504)
    kept = [path.relative_to(state) for path in state.rglob("*") if path.is_file() and not path.name.startswith("lock")]
    assert len(kept) > 8
    for _ in range(8):
        for name in kept:
            path = state / name
            if not path.is_file() or path.is_symlink():
                continue
            path.write_bytes(changed(path.read_bytes(), dice))
            assert read_all(state, root, files) == right


@pytest.mark.parametrize("junk", [b"", b"null", b"[]", b"{}", b"1e999", b"[" * 200_000, b'{"signed": {"_type": []}}'])
def test_junk_for_every_file(index: Maintained, tmp_path: Path, junk: bytes) -> None:
    files = metadata(index)
    root = files["1.root.json"]
    right = read_all(tmp_path / "right", root, files)
    for name in files.keys() - {"1.root.json"}:
        read = files | {name: junk}
        found = outcome(tmp_path / name, root, read)
        if isinstance(found, ZooError):
            assert found.exit_code in (5, 6)
        else:
            assert found == right
