"""Across an air gap: exported on one machine, imported and installed on another that no network reaches."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from carrying import BASE, DERIVED, INSTALLED, NIGHTLY, SCANS, index_of, inside
from exports import sections
from servers import needs_nginx, nginx
from unshared import WITHOUT_NETWORK, needs_unshare
from zoopkg_cli import Machine, Maintainer, contents, objects

from zoopkg.airgap.format import Document, Index, IndexFile
from zoopkg.model.blob import BlobKind
from zoopkg.model.layout import Block

pytestmark = needs_nginx
GROUP = ("--group", "nightly")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("lab"), "lab")
    maintainer.release("base", "1.0.0", BASE)
    maintainer.release("derived", "1.0.0", DERIVED, requires=["lab/base@^1"])
    maintainer.release("scans", "1.0.0", SCANS)
    return maintainer


@pytest.fixture(scope="module")
def served(lab: Maintainer) -> Iterator[str]:
    with nginx(lab.index) as url:
        yield url


@pytest.fixture(scope="module")
def online(lab: Maintainer, served: str, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A project with a pack, one that it requires, and a filtered one in a group."""
    machine = Machine(tmp_path_factory.mktemp("online"))
    machine.call("install", "lab/derived@1", "--index", served, "--root", lab.first_root).expect(0)
    machine.call("install", "lab/scans@1", "--where", "path=**.dcm", *GROUP).expect(0)
    return machine


@pytest.fixture(scope="module")
def file(online: Machine) -> Path:
    path = online.root / "packs.zoopkg"
    online.call("export", "-o", path).expect(0, "Exported 5 instances", "of 3 packs", "nothing fetched")
    return path


def test_what_is_locked_installs_where_no_network_is(online: Machine, file: Path, tmp_path: Path) -> None:
    machine = inside(tmp_path, online)
    machine.call("install", "--frozen", "--offline").expect(7, "import an export")
    machine.call("import", file, "--offline").expect(0, "Imported lab/base 1.0.0, lab/derived 1.0.0, lab/scans 1.0.0")
    assert not machine.zoo.exists()
    machine.call("install", "--frozen", "--offline").expect(0, "nothing fetched")
    assert contents(machine.zoo) == INSTALLED
    machine.call("install", "--locked", "--offline", *GROUP).expect(0)
    assert contents(machine.zoo) == INSTALLED | NIGHTLY
    machine.call("verify", "--offline").expect(0)
    machine.call("store", "verify").expect(0)
    assert (machine.project / "zoo.lock").read_bytes() == (online.project / "zoo.lock").read_bytes()


@needs_unshare
def test_by_name_on_a_machine_that_never_saw_the_network(online: Machine, file: Path, tmp_path: Path) -> None:
    machine, index = Machine(tmp_path), index_of(online)
    root = index[2:]
    machine.run("import", file, *root, before=WITHOUT_NETWORK).expect(0)
    machine.run("install", "lab/derived", *index, "--offline", before=WITHOUT_NETWORK).expect(0, "lab/derived ^1.0.0")
    assert contents(machine.zoo) == INSTALLED
    assert machine.call("search", "", "--offline", "--json").expect(0).document["packs"]
    machine.call("info", "lab/base", "--offline").expect(0)
    machine.call("outdated", "--offline").expect(0)
    machine.call("update", "--offline").expect(0)
    told = machine.call("install", "lab/scans@1", "--offline").expect(7, "1 of the instances of lab/scans 1.0.0")
    assert "--mirror" in told.err
    machine.call("install", "lab/scans@1", "--offline", "--where", "path=**.dcm").expect(0)
    assert contents(machine.zoo) == INSTALLED | NIGHTLY


def test_only_what_is_needed_is_aboard(file: Path) -> None:
    found = sections(file.with_name("copy"), file.read_bytes())
    values = [section for section, _ in found]
    assert len([each for each in values if isinstance(each, Index)]) == 1
    targets = {target for each in values if isinstance(each, IndexFile) for target in each.targets}
    assert targets == {
        "lab/_catalog.json",
        "lab/_revoked.json",
        "lab/base.json",
        "lab/derived.json",
        "lab/scans.json",
        "mirrors.json",
    }
    kinds = [each.kind for each in values if isinstance(each, Document)]
    assert kinds == [BlobKind.MANIFEST] * 3 + [BlobKind.LAYOUT] * 3
    sizes = sorted(member.size for each in values if isinstance(each, Block) for member in each.members)
    assert sizes == sorted(len(data) for data in {*INSTALLED.values(), *NIGHTLY.values()})  # each content once


def test_named_packs_are_whole_and_bring_what_they_require(
    lab: Maintainer, served: str, online: Machine, tmp_path: Path
) -> None:
    file = tmp_path / "named.zoopkg"
    machine = Machine(tmp_path / "machine")
    index = ("--index", served, "--root", lab.first_root)
    made = machine.call("export", "lab/derived", "lab/scans@1", "-o", file, *index, "--json").expect(0).document
    assert [pack["name"] for pack in made["packs"]] == ["lab/base", "lab/derived", "lab/scans"]
    assert (made["instances"], made["contents"], made["size"]) == (6, 5, file.stat().st_size)
    assert made["fetched"]["bytes"] > 0
    assert not list(machine.project.iterdir())  # no project came of it
    locked = online.call("export", "lab/derived", "lab/scans", "-o", tmp_path / "locked.zoopkg", "--json").expect(0)
    assert locked.document["packs"] == made["packs"]
    assert (tmp_path / "locked.zoopkg").read_bytes() == file.read_bytes()
    other = inside(tmp_path / "other", online)
    other.call("import", file).expect(0)
    other.call("install", "lab/scans", "--where", "path=**", "--offline", *GROUP).expect(0)
    assert contents(other.zoo / "@lab" / "scans") == SCANS


def test_the_same_packs_give_the_same_file(lab: Maintainer, served: str, online: Machine, file: Path) -> None:
    """From a store that has all and one that has nothing, with the network and without."""
    machine = inside(online.root / "twin", online)
    machine.call("export", "-o", machine.root / "fetched", "--jobs", "1").expect(0, " fetched, signed")
    machine.call("export", "-o", machine.root / "again", "--offline").expect(0, "nothing fetched")
    machine.call("install").expect(0)
    machine.call("export", "-o", machine.root / "installed", "--mirror", lab.index).expect(0)
    for name in ("fetched", "again", "installed"):
        assert (machine.root / name).read_bytes() == file.read_bytes()


def test_several_files_in_any_order(online: Machine, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("base", "derived", "scans")]
    for file in files:
        online.call("export", f"lab/{file.name}@1", "-o", file).expect(0)
    for order in (files, files[::-1]):
        machine = inside(tmp_path / f"from-{order[0].name}", online)
        news = [machine.call("import", file, "--json").expect(0).document["new"]["contents"] for file in order]
        assert news == ([1, 1, 3] if order is files else [3, 2, 0])
        assert machine.call("import", files[0], "--json").expect(0).document["new"] == {"contents": 0, "bytes": 0}
        machine.call("install", "--offline", *GROUP).expect(0)
        assert contents(machine.zoo) == INSTALLED | NIGHTLY
        shutil.rmtree(machine.zoo)
        (machine.project / "zoo.lock").unlink()
        machine.call("install", "--offline", *GROUP).expect(0)  # locks anew, by all three records
        assert (machine.project / "zoo.lock").read_bytes() == (online.project / "zoo.lock").read_bytes()


def test_what_is_there_is_mended_not_written_again(online: Machine, file: Path, tmp_path: Path) -> None:
    machine = inside(tmp_path, online)
    machine.call("import", file).expect(0)
    damaged, gone, *others = objects(machine.store)
    inodes = {path: path.stat().st_ino for path in others}
    damaged.chmod(0o644)
    damaged.write_bytes(b"damaged")
    gone.unlink()
    assert machine.call("import", file, "--json").expect(0).document["new"]["contents"] == 2
    assert {path: path.stat().st_ino for path in others} == inodes
    machine.call("store", "verify").expect(0)


def test_a_project_that_imported_keeps_it(online: Machine, file: Path, tmp_path: Path) -> None:
    """What a lock pins is not collected between import and install; elsewhere, nobody needs it."""
    machine = inside(tmp_path, online)
    machine.call("import", file).expect(0)
    machine.call("store", "gc", "--yes", "--min-age", "0").expect(0)
    machine.call("install", "--frozen", "--offline", *GROUP).expect(0)
    assert contents(machine.zoo) == INSTALLED | NIGHTLY
    elsewhere = Machine(tmp_path / "elsewhere")
    elsewhere.call("import", file).expect(0)
    elsewhere.call("store", "gc", "--yes", "--min-age", "0").expect(0)
    assert objects(elsewhere.store) == []


def test_the_packs_that_ship_need_no_network(tmp_path: Path) -> None:
    machine, other = Machine(tmp_path / "machine"), Machine(tmp_path / "other")
    made = machine.call("export", "dicomdir@1", "-o", tmp_path / "file", "--offline", "--json").expect(0).document
    assert made["indexes"] == []
    came = other.call("import", tmp_path / "file", "--json").expect(0).document
    assert (came["indexes"], came["new"]["contents"]) == ([], made["contents"])
    other.call("install", "dicomdir@1", "--offline").expect(0, "nothing fetched")


def test_documents_for_scripts(online: Machine, file: Path, tmp_path: Path) -> None:
    machine = inside(tmp_path, online)
    result = machine.call("import", file, "--json").expect(0)
    document = result.document
    (index,) = document.pop("indexes")
    assert index == {"name": index["name"], "trusted": True, "behind": False, "expired": {}}
    packs = [{"name": f"lab/{name}", "version": "1.0.0"} for name in ("base", "derived", "scans")]
    size = sum(map(len, {*INSTALLED.values(), *NIGHTLY.values()}))
    assert document == {
        "file": str(file),
        "packs": packs,
        "contents": 4,
        "bytes": size,
        "new": {"contents": 4, "bytes": size},
    }
    quiet = inside(tmp_path / "quiet", online).call("import", file, "--quiet").expect(0)
    assert (quiet.out, quiet.err) == ("", "")
    made = online.call("export", "-o", tmp_path / "again", "--quiet").expect(0)
    assert (made.out, made.err) == ("", "")
