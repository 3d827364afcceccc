"""`mirror list|test|sync|push` as operators type them, with a real web server where there is one."""

import re
import shutil
from pathlib import Path

import pytest
from servers import needs_nginx, nginx
from stands import Stand, needed, published
from zoopkg_cli import Machine, Maintainer, contents, ended

from zoopkg.model.frame import decompressed


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def test_a_synced_folder_is_the_index_again(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shown = machine.call("mirror", "sync", maintainer.index, mirror, "--dry-run", "--json").expect(0).document
    assert not mirror.exists()
    done = machine.call("mirror", "sync", maintainer.index, mirror, "--json").expect(0).document
    assert done["copied"] == shown["copied"]
    assert done["timestamp"]["version"] == 6
    assert done["copied"]["files"] + 1 == len(published(mirror))
    assert published(mirror) == needed(mirror)
    machine.call("mirror", "sync", maintainer.index, mirror).expect(0, "Nothing to do")
    machine.call("index", "verify", mirror).expect(0)


@needs_nginx
def test_install_from_a_synced_folder_behind_nginx(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    machine.call("mirror", "sync", maintainer.index, tmp_path / "mirror").expect(0)
    other = Machine(tmp_path / "other")
    other.call("install", "demo@1", "other", "--index", maintainer.index).expect(0)
    with nginx(tmp_path / "mirror") as url:
        machine.call("install", "demo@1", "other", "--index", url, "--root", maintainer.first_root).expect(0)
    assert contents(machine.zoo) == contents(other.zoo) != {}


@needs_nginx
def test_sync_over_the_web(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    with nginx(maintainer.index) as url:
        machine.call("mirror", "sync", url, first).expect(2, "needs a root")
        machine.call("mirror", "sync", url, first, "--root", maintainer.first_root).expect(0, "Copied")
        machine.call("mirror", "sync", f"{url}/{{digest}}", again, "--root", maintainer.first_root).expect(0)
        machine.call("mirror", "sync", url, first, "--root", maintainer.first_root, "--offline").expect(7)
    assert published(first) == published(again) == needed(first)
    assert [path for path in first.iterdir() if path.name.startswith(".writing")] == []


@needs_nginx
def test_from_release_assets_by_their_short_name(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    release = tmp_path / "www/o/r/releases/download"
    for name in published(maintainer.index):
        origin = "index" if name.endswith(".json") else _origin(maintainer.index, name)
        (release / origin).mkdir(parents=True, exist_ok=True)
        shutil.copy(maintainer.index / name, release / origin)
    with nginx(tmp_path / "www") as url:
        environment = {"GITHUB_SERVER_URL": url}
        sync = ("mirror", "sync", "github:o/r", tmp_path / "mirror", "--root", maintainer.first_root)
        machine.run(*sync, env=environment).expect(0, "Copied")
        machine.run("mirror", "test", "github:o/r", "--index", maintainer.index, "--deep", env=environment).expect(0)
        by_name = ("demo@1", "--index", "github:o/r", "--root", maintainer.first_root)
        machine.run("install", *by_name, env=environment).expect(0)
        assert (
            f'url = "{url}/o/r/releases/download/{{origin}}/{{digest}}"' in (machine.project / "zoo.toml").read_text()
        )
        machine.run("install", "--index", "github:o/r", env=environment).expect(0, "Nothing to do")
        fresh = ("--store", tmp_path / "fresh", "--link-mode", "copy")
        machine.run("install", "--locked", *fresh).expect(0, "fetched from")
        machine.run("index", "verify", "github:o/r", "--root", maintainer.first_root, env=environment).expect(0)
    assert published(tmp_path / "mirror") == needed(tmp_path / "mirror")


def _origin(index: Path, name: str) -> str:
    """The release of a blob, as a record or a layout tells."""
    digest = name.partition(".")[0]
    texts = [path.read_text() for path in index.glob("*.json")]
    texts += [b"".join(decompressed(path.read_bytes(), path.name)).decode() for path in index.glob("*.layout")]
    return next(found[1] for text in texts if (found := re.search(rf'"b3":"{digest}"[^}}]*"origin":"([^"]+)"', text)))


@needs_nginx
def test_a_password_in_a_url_is_told_to_nobody(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    with nginx(maintainer.index) as url:
        secret = url.replace("http://", "http://me:hunter2@")
        trusted = ("--root", maintainer.first_root)
        told = [
            machine.call("install", "demo@1", "--index", secret).expect(2, "needs a root"),
            machine.call("mirror", "sync", secret, tmp_path / "mirror", *trusted).expect(0),
            machine.call("index", "verify", secret, *trusted).expect(0),
            machine.call("index", "verify", secret, *trusted, "--json").expect(0),
            machine.call("install", "demo@1", "--index", secret, *trusted).expect(0),
        ]
    assert not any("hunter2" in each.out + each.err for each in told)
    assert "[indexes.127-0-0-1-" in (machine.project / "zoo.toml").read_text()


def test_an_index_that_is_known_by_name(machine: Machine, tmp_path: Path) -> None:
    (machine.project / "zoo").mkdir()
    machine.call("mirror", "sync", "zoo", tmp_path / "mirror", "charsets").expect(0)
    machine.call("mirror", "push", tmp_path / "mirror", "charsets", "--index", "zoo").expect(0, "Nothing to do")
    machine.call("mirror", "sync", "nowhere", tmp_path / "mirror").expect(2, "neither an index that is known")


def test_chosen_packs_and_what_they_require(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    machine.call("mirror", "sync", maintainer.index, mirror, "demo@1").expect(0)
    machine.call("install", "demo@1", "--index", mirror).expect(0)
    assert set(contents(machine.zoo)) == {"demo/a.dcm", "demo/b.dcm", "base/base.dcm"}
    elsewhere = Machine(tmp_path / "elsewhere")
    elsewhere.call("install", "other", "--index", mirror).expect(6)
    machine.call("mirror", "sync", maintainer.index, mirror, "absent").expect(4, "no pack absent")
    machine.call("mirror", "sync", maintainer.index, mirror, "demo@7").expect(4, "no version demo ^7")


def test_from_a_partial_mirror_and_another(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    half, rest = tmp_path / "half", tmp_path / "rest"
    shutil.copytree(maintainer.index, half, ignore=shutil.ignore_patterns("staged", ".*"))
    rest.mkdir()
    for bundle in half.glob("*.bundle"):
        bundle.rename(rest / bundle.name)
    machine.call("mirror", "sync", half, tmp_path / "mirror").expect(6, ".bundle")
    machine.call("mirror", "sync", half, tmp_path / "mirror", "--mirror", rest).expect(0)
    machine.call("index", "verify", tmp_path / "mirror").expect(0)


def test_two_at_once_to_one_folder(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    running = [machine.start("mirror", "sync", maintainer.index, mirror, "--delete") for _ in range(2)]
    for each in running:
        ended(each).expect(0)
    assert published(mirror) == needed(mirror)
    assert [path for path in mirror.iterdir() if path.name.startswith(".writing")] == []


def test_push_is_sync_from_the_index_in_hand(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    machine.call("mirror", "push", tmp_path / "a", "--index", maintainer.index).expect(0)
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    machine.call("mirror", "push", tmp_path / "b").expect(0)
    assert published(tmp_path / "a") == published(tmp_path / "b") == needed(tmp_path / "a")
    starter = Machine(tmp_path / "starter")
    starter.call("mirror", "push", tmp_path / "c", "charsets", "--index", "zoo").expect(0)
    assert any(name.endswith(".charsets.json") for name in published(tmp_path / "c"))


def test_the_index_that_ships_is_not_published_unasked(machine: Machine, tmp_path: Path) -> None:
    machine.call("mirror", "push", tmp_path / "mirror").expect(2, "Say which: --index IDX.")
    assert not (tmp_path / "mirror").exists()


def test_what_is_done_names_the_index(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    push = ("mirror", "push", tmp_path / "mirror", "--index", maintainer.index)
    machine.call(*push).expect(0, f" of {maintainer.index} to {tmp_path / 'mirror'}")
    machine.call(*push).expect(0, f"files of {maintainer.index}; ")
    assert machine.call(*push, "--json").document["index"] == str(maintainer.index)


@needs_nginx
def test_blobs_that_only_the_signed_mirrors_have(machine: Machine, tmp_path: Path) -> None:
    meta, blobs = tmp_path / "www/meta", tmp_path / "www/blobs"
    meta.mkdir(parents=True)
    blobs.mkdir()
    with nginx(tmp_path / "www") as url:
        apart = Maintainer(tmp_path / "apart", templates=[f"{url}/blobs/{{digest}}"])
        apart.release("demo", "1.0.0", {"a.dcm": b"a"})
        for name in published(apart.index):
            shutil.copy(apart.index / name, meta if name.endswith(".json") else blobs)
        trusted = ("--root", apart.first_root)
        machine.call("mirror", "sync", f"{url}/meta/", tmp_path / "mirror", *trusted).expect(0, "Copied")
        machine.call("index", "verify", f"{url}/meta/", *trusted).expect(0)
        (bundle,) = blobs.glob("*.bundle")
        bundle.write_bytes(bytes(bundle.stat().st_size))
        machine.call("index", "verify", f"{url}/meta/", *trusted).expect(5)
    assert published(tmp_path / "mirror") == needed(tmp_path / "mirror")


def test_a_project_with_two_indexes_must_say_which(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    other = Maintainer(tmp_path / "other", "lab")
    other.release("lab/x", "1.0.0", {"x": b"x"})
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    machine.call("install", "lab/x", "--index", other.index).expect(0)
    machine.call("mirror", "push", tmp_path / "mirror").expect(2, "Name one with --index")
    machine.call("mirror", "list").expect(2)
    machine.call("mirror", "push", tmp_path / "mirror", "--index", other.index).expect(0)


@pytest.mark.parametrize(
    ("to", "code", "why"),
    [
        ("https://zoo.example/", 2, "not written to"),
        ("ftp://x/y", 2, "nothing writes"),
        ("file", 2, "needs a folder"),
        ("s3://bucket", 7, "on the network"),
    ],
)
def test_places_that_cannot_be(maintainer: Maintainer, machine: Machine, to: str, code: int, why: str) -> None:
    (machine.project / "file").write_bytes(b"")
    machine.call("mirror", "sync", maintainer.index, to, "--offline").expect(code, why)


def test_the_list_is_in_the_order_of_trying(machine: Machine, tmp_path: Path) -> None:
    maintainer = Machine(tmp_path / "maintainer")
    idx, signed = tmp_path / "idx", tmp_path / "signed"
    maintainer.call(
        "index", "init", idx, "--keys", tmp_path / "keys", "--template", f"file://{signed}/{{digest}}"
    ).expect(0)
    told = machine.call("mirror", "list", "--index", idx, "--mirror", "http://me:pw@a.example/x", "--json")
    assert "pw" not in told.out
    assert [(each["from"], each["name"]) for each in told.expect(0).document["mirrors"]] == [
        ("--mirror", "a.example/x"),
        ("mirrors.json", str(signed)),
        ("the index", str(idx)),
    ]
    assert "mirrors.json" in machine.call("mirror", "list", "--index", idx).expect(0).out
    from_variable = machine.run("mirror", "list", "--index", idx, env={"ZOOPKG_MIRROR": str(signed)})
    assert "ZOOPKG_MIRROR" in from_variable.expect(0).out


def test_measuring_the_mirrors_of_an_index(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    half = tmp_path / "half"
    machine.call("mirror", "sync", maintainer.index, half, "demo@1").expect(0)
    told = machine.call("mirror", "test", "--index", maintainer.index, "--mirror", half, "--all")
    assert [line.split()[0] for line in told.expect(0).out.splitlines()] == ["mirror", str(half), str(maintainer.index)]
    first, second = machine.call(
        "mirror", "test", half, maintainer.index, "--index", maintainer.index, "--json"
    ).document
    assert (first["held"], second["held"], second["asked"]) == (6, 15, 15)
    assert first["standing"] == second["standing"] == "same"
    machine.call("mirror", "test", "http://127.0.0.1:1/", "--index", maintainer.index).expect(6)
    (bundle, *_) = half.glob("*.bundle")
    bundle.write_bytes(bytes(bundle.stat().st_size))
    damaged = machine.call("mirror", "test", half, "http://127.0.0.1:1/", "--index", maintainer.index, "--deep")
    assert damaged.code == 5
    assert bundle.name in damaged.out


def test_an_expired_index_is_looked_at_all_the_same(stand: Stand, machine: Machine) -> None:
    stand.sync(stand.place())
    machine.call("mirror", "list", "--index", stand.idx).expect(0, "is stale: its timestamp expired on 2026-01-09")
    told = machine.call("mirror", "test", stand.folder / "mirror", "--index", stand.idx, "--json").expect(0)
    assert told.document[0]["timestamp"] == {"version": 2, "expires": "2026-01-09T00:00:00+00:00"}
    machine.call("mirror", "push", stand.folder / "other", "--index", stand.idx).expect(0, "no client takes it")


def test_an_index_without_releases_has_nothing_to_ask_for(machine: Machine, tmp_path: Path) -> None:
    empty = Maintainer(tmp_path / "empty")
    machine.call("mirror", "test", "--index", empty.index).expect(2, "no release yet")
    machine.call("mirror", "sync", empty.index, tmp_path / "mirror").expect(0)
