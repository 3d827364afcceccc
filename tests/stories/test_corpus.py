"""Every file of the shared DICOM set, from a folder through a signed index and nginx to byte-identical installs."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from corpus import CORPUS, DICOM_FILES, assert_identical, linked, needs_corpus
from servers import needs_nginx, nginx
from zoopkg_cli import Machine, Maintainer, objects

from zoopkg.model import layout

FILES, CONTENTS, FOLDERS = 886, 650, 24

pytestmark = [needs_corpus, needs_nginx]


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Maintainer, str]]:
    maintainer = Maintainer(tmp_path_factory.mktemp("whole"))
    maintainer.release_folder(linked(DICOM_FILES, maintainer.root / "files"), "everything", "1.0.0")
    with nginx(maintainer.index) as url:
        yield maintainer, url


def test_everything_as_one_pack(whole: tuple[Maintainer, str], tmp_path: Path) -> None:
    maintainer, url = whole
    machine = Machine(tmp_path)
    result = machine.run("install", "everything@1", "--index", url, "--root", maintainer.first_root, "--json").expect(0)
    assert assert_identical(DICOM_FILES, machine.zoo / "everything") == FILES
    assert len(objects(machine.store)) == CONTENTS
    document = result.document
    assert (document["instances"], document["placed"]) == (FILES, FILES)
    assert document["fetched"]["bytes"] == sum(path.stat().st_size for path in maintainer.blobs("bundle"))
    machine.call("verify").expect(0)
    machine.call("store", "verify").expect(0)


def members(path: Path) -> list[str]:
    """The contents that a layout places, each as often as it does."""
    data = zstandard.ZstdDecompressor().decompress(path.read_bytes())
    read = layout.read([data], path.name)
    return [member.digest.hex for bundle in read.bundles for block in bundle.blocks for member in block.members]


def test_every_folder_as_a_pack_of_its_own(tmp_path: Path) -> None:
    maintainer = Maintainer(tmp_path / "maintainer")
    folders = sorted(path for path in DICOM_FILES.iterdir() if path.is_dir())
    names = [slug(folder.name) for folder in folders]
    assert len(set(names)) == FOLDERS
    fresh = 0
    for folder, name in zip(folders, names, strict=True):
        built = maintainer.stage(linked(folder, tmp_path / "files" / name), name, "1.0.0").document
        fresh += built["contents"] - built["reused"]
    maintainer.publish()
    assert fresh == CONTENTS
    placed = [digest for path in maintainer.blobs("layout") for digest in members(path)]
    assert len(set(placed)) == CONTENTS

    machine = Machine(tmp_path / "machine")
    log = tmp_path / "access.log"
    with nginx(maintainer.index, access_log=log) as url:
        address = ("--index", url, "--root", maintainer.first_root)
        document = machine.run("install", *(f"{name}@1" for name in names), *address, "--json").expect(0).document
    for folder, name in zip(folders, names, strict=True):
        assert_identical(folder, machine.zoo / name)
    assert document["instances"] == FILES
    assert len(objects(machine.store)) == CONTENTS
    # Each bundle came once: no byte of it was asked for twice.
    assert document["fetched"]["bytes"] == sum(path.stat().st_size for path in maintainer.blobs("bundle"))
    machine.call("store", "verify").expect(0)


J2K = ("JPEG 2000 Image Compression", "JPEG 2000 Image Compression (Lossless Only)")


def listed(*transfer_syntaxes: str) -> dict[str, tuple[str, int]]:
    """By the shared set's own list: the files of some transfer syntaxes, with digest and size."""
    with (CORPUS / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["transfer_syntax"] in transfer_syntaxes]
    return {row["path"].removeprefix("files/"): (row["blake3"], int(row["bytes"])) for row in rows}


def stored_bytes(maintainer: Maintainer, digests: set[str]) -> int:
    """The stored bytes of the blocks that hold some contents."""
    (path,) = maintainer.blobs("layout")
    read = layout.read([zstandard.ZstdDecompressor().decompress(path.read_bytes())], path.name)
    blocks = [block for bundle in read.bundles for block in bundle.blocks]
    return sum(block.length for block in blocks if any(member.digest.hex in digests for member in block.members))


def test_a_filter_fetches_little_more_than_it_needs(whole: tuple[Maintainer, str], tmp_path: Path) -> None:
    maintainer, url = whole
    machine = Machine(tmp_path)
    address = ("--index", url, "--root", maintainer.first_root)
    expected = listed(*J2K)
    assert len(expected) == 89
    result = machine.run("install", "everything@1", "--where", "transfer_syntax=JPEG2000*", *address, "--json").expect(
        0
    )
    found = {path.relative_to(machine.zoo / "everything").as_posix() for path in files(machine.zoo / "everything")}
    assert found == set(expected)
    digests = {digest for digest, _ in expected.values()}
    assert {path.name for path in objects(machine.store)} == digests
    fetched = result.document["fetched"]
    assert stored_bytes(maintainer, digests) <= fetched["bytes"] < 1.2 * stored_bytes(maintainer, digests)
    assert f"Verified {len(expected)} instances" in machine.call("verify").expect(0).err

    more = listed(*J2K, "RLE Lossless")
    new = {digest for digest, _ in more.values()} - digests
    assert new
    where = ("--where", "transfer_syntax=JPEG2000*,RLELossless")
    again = machine.run("install", "everything@1", *where, "--json").expect(0).document
    assert (again["instances"], again["placed"]) == (len(more), len(more) - len(expected))
    assert stored_bytes(maintainer, new) <= again["fetched"]["bytes"] < 1.2 * stored_bytes(maintainer, new)
    assert again["fetched"]["requests"] > 0
    machine.call("verify").expect(0)


def files(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]
