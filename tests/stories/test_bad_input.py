"""Bad input: each one sentence on standard error, with the right exit code, nothing half done."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from zoopkg_cli import Machine, Maintainer, contents, released, served, write_files

from zoopkg.index import ceremony, publisher
from zoopkg.index.roles import Dates

FILES = {"a": b"a" * 1000, "b": b"b" * 200}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES})


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


NO_SPECS = [
    *(
        "Demo",
        "de mo",
        "../demo",
        "demo/",
        "/demo",
        "a/b/c",
        "_demo",
        "demo-",
        "con",
        "d" * 65,
        "d\x1bemo",
        "démo",
        "@1",
    ),
    *("demo@", "demo@1.2.3.4", "demo@^", "demo@01", "demo@1.x"),
]


@pytest.mark.parametrize("spec", NO_SPECS)
def test_a_spec_that_breaks_the_rules(machine: Machine, spec: str) -> None:
    result = machine.call("install", spec).expect(2)
    assert "\x1b" not in result.err
    assert list(machine.project.iterdir()) == []
    machine.call("info", spec).expect(2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--name", "zoo/Demo"], "is not a pack name"),
        (["--name", "a/b/c"], "is not a pack name"),
        (["--name", "zoo/demo", "--version", "1"], "1"),
        (["--name", "zoo/demo", "--version", "1.0"], "1.0"),
        (["--name", "zoo/demo", "--version", "v1.0.0"], "v1.0.0"),
        (["--name", "zoo/demo", "--version", "01.0.0"], "01.0.0"),
        (["--name", "zoo/demo", "--license", "not/spdx"], "not/spdx"),
    ],
)
def test_a_new_pack_that_breaks_the_rules(machine: Machine, arguments: list[str], told: str) -> None:
    license_given = [] if "--license" in arguments else ["--license", "MIT"]
    machine.call("pack", "init", "files", *arguments, *license_given).expect(2, told)
    assert not (machine.project / "files").exists()


def init(machine: Machine, files: dict[str, bytes]) -> Path:
    folder = machine.project / "files"
    write_files(folder, files)
    machine.call("pack", "init", folder, "--name", "zoo/demo", "--license", "MIT").expect(0)
    return folder


def refuses_to_build(machine: Machine, folder: Path, code: int, *told: str) -> None:
    machine.call("pack", "build", folder, "-o", "out", "--unreviewed").expect(code, *told)
    assert not (machine.project / "out" / "pack.json").exists()


def test_a_folder_with_no_files(machine: Machine) -> None:
    refuses_to_build(machine, init(machine, {}), 2, "holds no file")


def test_a_folder_that_is_not_there(machine: Machine) -> None:
    refuses_to_build(machine, machine.project / "nowhere", 2, "nowhere is not a folder")


@pytest.mark.parametrize(
    ("one", "two"),
    [("a.dcm", "A.dcm"), ("Straße", "STRASSE"), ("ﬁle", "file"), ("x/a", "X/b/c"), ("sub", "SUB/a")],
    ids=["case", "folded", "compatibility", "folders", "a file and a folder"],
)
def test_two_paths_that_are_one_somewhere(machine: Machine, one: str, two: str) -> None:
    folder = init(machine, {one: b"1", two: b"2"})
    if len(contents(folder)) != 3:
        pytest.skip("this file system cannot hold both")
    result = machine.call("pack", "build", folder, "-o", "out", "--unreviewed").sober()
    if (one, two) == ("x/a", "X/b/c"):
        assert result.code in (0, 2)  # two spellings of a folder with different files in it
    else:
        result.expect(2, "are one file on some file systems")


@pytest.mark.parametrize(
    "name",
    [
        "a\u0308.dcm",
        "nul.dcm",
        "trailing.",
        "trailing ",
        "a:b",
        "back\\slash",
        "a\nb",
        "a\x1b[31m",
        "x" * 201,
        "\u202eabc",
    ],
)
def test_a_path_that_not_every_system_takes(machine: Machine, name: str) -> None:
    result = machine.call("pack", "build", init(machine, {name: b"1"}), "-o", "out", "--unreviewed").expect(
        2, "the path"
    )
    assert "\x1b" not in result.err


def test_a_link_that_leaves_the_folder(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not for you")
    folder = init(machine, {"a": b"a"})
    for target in ("../../../secret", str(tmp_path / "secret"), "/etc/passwd"):
        (folder / "link").symlink_to(target)
        refuses_to_build(machine, folder, 2, "is a symbolic link that leaves the folder")
        (folder / "link").unlink()


def test_a_link_that_leads_nowhere(machine: Machine) -> None:
    folder = init(machine, {"a": b"a"})
    (folder / "link").symlink_to("gone")
    refuses_to_build(machine, folder, 2, "is a symbolic link to nothing")


def test_a_link_to_itself(machine: Machine) -> None:
    folder = init(machine, {"a": b"a"})
    (folder / "link").symlink_to("link")
    machine.call("pack", "build", folder, "-o", "out", "--unreviewed").sober()
    assert not (machine.project / "out" / "pack.json").exists()


def test_something_that_is_no_file(machine: Machine) -> None:
    folder = init(machine, {"a": b"a"})
    os.mkfifo(folder / "pipe")
    refuses_to_build(machine, folder, 2, "is neither a file nor a folder")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(machine: Machine) -> None:
    folder = init(machine, {"a": b"a"})
    (folder / "a").chmod(0)
    refuses_to_build(machine, folder, 1, "permission denied")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('licence = "MIT"', ("the unknown key 'licence'", "Did you mean 'license'?")),
        ('keyword = ["x"]', ("the unknown key 'keyword'", "Did you mean 'keywords'?")),
        ("[pakc]", ("the unknown key 'pakc'", "Did you mean 'pack'?")),
        ('[[file]]\npath = "*"\nlicens = "MIT"', ("the unknown key 'licens'", "Did you mean 'license'?")),
        ("keywords = 3", ("keywords",)),
        ("= broken", ("not valid TOML",)),
        ("citation = '\\xff'", ()),
    ],
)
def test_a_wrong_key_in_pack_toml(machine: Machine, wrong: str, told: tuple[str, ...]) -> None:
    folder = init(machine, {"a": b"a"})
    path = folder / "pack.toml"
    path.write_text(path.read_text() + wrong + "\n")
    if told:
        refuses_to_build(machine, folder, 2, *told)
    else:
        machine.call("pack", "build", folder, "-o", "out", "--unreviewed").sober()


@pytest.mark.parametrize(
    "text",
    [
        "[packs]\ndemo = 3",
        "[packs]\nDemo = '^1'",
        "[packs]\ndemo = 'x'",
        "[pack]\ndemo = '^1'",
        "broken",
        "[packs",
        "\xff",
        "[packs]\n" + "a." * 600 + "b = 1",
        "packs = 1",
        "[indexes.x]\nurl = 'idx'",
    ],
)
def test_a_mistake_in_zoo_toml(machine: Machine, text: str) -> None:
    (machine.project / "zoo.toml").write_bytes(text.encode("latin-1"))
    machine.call("install").expect(2, "zoo.toml")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 2),
        ("version = 2", 2),
        ("version = 1\n[[pack]]\nname = 'x'", 2),
        ("<<<<<<< ours\nversion = 1", 3),
        ("{", 2),
    ],
)
def test_a_mistake_in_zoo_lock(machine: Machine, text: str, code: int) -> None:
    (machine.project / "zoo.toml").write_text("[packs]\ndemo = '^1'\n")
    (machine.project / "zoo.lock").write_text(text)
    for command in ("install", "install --frozen", "verify", "list"):
        machine.call(*command.split()).expect(code, "zoo.lock")
    assert (machine.project / "zoo.lock").read_text() == text


# Indexes --------------------------------------------------------------------------------------------------------------


def refuses_to_install(machine: Machine, index: Path, code: int, *told: str, root: Path | None = None) -> None:
    before = contents(machine.project)
    more = ("--root", root) if root else ()
    machine.call("install", "demo@1", "--index", index, *more).expect(code, *told)
    assert contents(machine.project) == before


@pytest.fixture
def index(maintainer: Maintainer, tmp_path: Path) -> Path:
    return served(maintainer.index, tmp_path / "served")


def test_an_index_folder_without_root(machine: Machine, index: Path) -> None:
    (index / "1.root.json").unlink()
    refuses_to_install(machine, index, 2, "does not hold its root")


def test_an_index_folder_without_index(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refuses_to_install(machine, tmp_path / "empty", 2, "holds no published index")
    refuses_to_install(machine, tmp_path / "nowhere", 2, "nowhere")


def test_an_index_by_url_without_root(machine: Machine) -> None:
    machine.call("install", "demo@1", "--index", "http://127.0.0.1:9/").expect(2, "needs a root")


def test_a_wrong_root(machine: Machine, index: Path, tmp_path: Path) -> None:
    stranger = Maintainer(tmp_path / "stranger")
    refuses_to_install(machine, index, 5, root=stranger.first_root)


@pytest.mark.parametrize(
    "text", ["", "{}", "<!DOCTYPE html>", '{"signed": {"_type": "root"}}', "[" * 5000, "x" * 600_000]
)
def test_a_root_that_is_none(machine: Machine, index: Path, tmp_path: Path, text: str) -> None:
    root = tmp_path / "root.json"
    root.write_text(text)
    result = machine.call("install", "demo@1", "--index", index, "--root", root).sober()
    assert result.code in (1, 2, 5), result
    assert list(machine.project.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("OFFLINE", "maybe", "ZOOPKG_OFFLINE=maybe is neither true nor false"),
        ("QUIET", "2", "ZOOPKG_QUIET=2 is neither true nor false"),
        ("JOBS", "99", "ZOOPKG_JOBS=99 is wrong: 99 is not in the range"),
        ("COLOR", "pink", "ZOOPKG_COLOR=pink is wrong: 'pink' is not one of"),
    ],
)
def test_a_mistake_in_an_environment_variable(machine: Machine, name: str, value: str, why: str) -> None:
    result = machine.run("list", env={f"ZOOPKG_{name}": value}).expect(2, why)
    assert f"--{name.lower()}" not in result.err
    document = machine.run("list", "--json", env={f"ZOOPKG_{name}": value}).expect(2).document
    assert why in document["error"]["message"]


def test_a_flag_is_named_where_it_was_given(machine: Machine) -> None:
    machine.run("list", "--jobs", "99", env={"ZOOPKG_JOBS": "2"}).expect(2, "'--jobs': 99 is not in the range")


def test_a_name_that_is_nearly_one(machine: Machine, index: Path) -> None:
    machine.call("info", "demmo", "--index", index).expect(4, "has no pack zoo/demmo", "Did you mean demo?")
    machine.call("info", "ultrasound", "--index", index).expect(4, "Check the spelling")


@pytest.mark.parametrize(("text", "code"), [("", 5), ("{}", 5), ("<!DOCTYPE html>", 5), ("x" * 600_000, 5), (None, 2)])
def test_verifying_an_index_by_a_root_that_is_none(
    machine: Machine, index: Path, tmp_path: Path, text: str | None, code: int
) -> None:
    root = tmp_path / "root.json"
    if text is not None:
        root.write_text(text)
    result = machine.call("index", "verify", index, "--root", root).expect(code)
    assert "root" in result.out + result.err


def test_publishing_nothing(tmp_path: Path) -> None:
    maintainer = Maintainer(tmp_path / "maintainer")
    before = maintainer.call("index", "status", maintainer.index, "--json").document["roles"]
    arguments = (maintainer.index, "--keys", maintainer.keys)
    result = maintainer.call("index", "publish", *arguments).expect(0, "Nothing is staged", "snapshot and timestamp")
    assert "Published" not in result.err
    after = maintainer.call("index", "status", maintainer.index, "--json").document["roles"]
    renewed = {new["role"] for old, new in zip(before, after, strict=True) if new["version"] != old["version"]}
    assert renewed <= {"snapshot", "timestamp"}
    assert before != after
    maintainer.call("index", "refresh", *arguments).expect(0, "Refreshed")


def test_an_expired_index(machine: Machine, tmp_path: Path) -> None:
    then = datetime.now(UTC) - timedelta(days=10)
    ceremony.init(tmp_path / "old", tmp_path / "keys", Dates(then))
    publisher.publish(tmp_path / "old", tmp_path / "keys", Dates(then))
    refuses_to_install(machine, tmp_path / "old", 5, "timestamp", "expired")
    result = machine.call("install", "demo@1", "--index", tmp_path / "old", "--allow-stale", "30")
    result.expect(4)  # it has no such pack, and may say so now


def test_a_rolled_back_index(machine: Machine, tmp_path: Path) -> None:
    maintainer = Maintainer(tmp_path / "maintainer")
    maintainer.release("demo", "1.0.0", FILES)
    index = tmp_path / "served"
    old = served(maintainer.index, tmp_path / "old")
    maintainer.release("demo", "1.1.0", {**FILES, "c": b"c"})
    served(maintainer.index, index)
    machine.call("install", "demo@1", "--index", index).expect(0)
    shutil.rmtree(index)
    old.rename(index)
    (machine.project / "zoo.lock").unlink()
    machine.call("install").expect(5)
    assert "c" in contents(machine.zoo / "demo")


def edited(index: Path, name: str, edit: Callable[[Any], None]) -> None:
    (path,) = index.glob(name)
    document = json.loads(path.read_bytes())
    edit(document)
    path.write_text(json.dumps(document, separators=(",", ":"), sort_keys=True))


@pytest.mark.parametrize("name", ["timestamp.json", "*.snapshot.json", "*.targets.json"])
def test_an_unsigned_index(machine: Machine, tmp_path: Path, name: str) -> None:
    maintainer = Maintainer(tmp_path / "maintainer")
    maintainer.publish()
    for path in sorted(maintainer.index.glob(name)):
        edited(maintainer.index, path.name, lambda document: document.update(signatures=[]))
    refuses_to_install(machine, maintainer.index, 5)


def test_an_under_signed_index(machine: Machine, maintainer: Maintainer, index: Path) -> None:
    def two_of_one(document: Any) -> None:
        document["signatures"] *= 2

    edited(index, "timestamp.json", two_of_one)
    refuses_to_install(machine, index, 5)


def test_a_mirror_that_cannot_be(machine: Machine, index: Path) -> None:
    for mirror in ("gs://b", "https://{nonsense}/", "", "http://", "{origin}"):
        machine.call("install", "demo@1", "--index", index, "--mirror", mirror).expect(2)


def test_a_store_that_cannot_be(machine: Machine, index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    machine.call("install", "demo@1", "--index", index, "--store", tmp_path / "file").sober()
    assert (tmp_path / "file").read_text() == "mine"
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "version").write_text("2\n")
    machine.call("install", "demo@1", "--index", index, "--store", newer).expect(1, "format '2'", "Update zoopkg")


def test_a_data_folder_that_cannot_be(machine: Machine, index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    machine.call("install", "demo@1", "--index", index, "--dest", tmp_path / "file").expect(1)
    machine.call("install", "demo@1", "--index", index, "--directory", tmp_path / "nowhere").expect(2)
    assert not (machine.project / "zoo.lock").exists()


def test_a_pack_that_nobody_reviewed(machine: Machine) -> None:
    folder = init(machine, {"a": b"a"})
    machine.call("pack", "build", folder, "-o", machine.root / "out").expect(8, "nobody has reviewed the pack")
