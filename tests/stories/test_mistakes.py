"""What a newcomer gets wrong, and what zoopkg says then: one sentence, and what to write instead."""

import os
import shutil
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, installed

import zoopkg
from zoopkg.errors import UsageError

FILES = {"a.txt": b"a", "deep/b.txt": b"bb"}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    maintainer.release("ct-basic", "1.0.0", FILES)
    maintainer.release("ct-basic", "1.1.0", FILES | {"c.txt": b"c"})
    maintainer.release("mr-basic", "1.0.0", FILES)
    maintainer.release("app", "1.0.0", {"app.txt": b"app"}, requires=["zoo/ct-basic@1"])
    return maintainer


@pytest.fixture
def machine(tmp_path: Path, maintainer: Maintainer) -> Machine:
    return installed(tmp_path, maintainer, "ct-basic@1")


def write_packs(machine: Machine, packs: str) -> None:
    """Let zoo.toml ask for other packs of the same index."""
    toml = machine.project / "zoo.toml"
    _, brackets, indexes = toml.read_text().partition("[indexes")
    toml.write_text(f"[packs]\n{packs}\n{brackets}{indexes}")


@pytest.mark.parametrize("where", ['"modality=CT"', '["modality=CT"]', "3"])
def test_a_filter_that_is_no_table(machine: Machine, where: str) -> None:
    write_packs(machine, f'ct-basic = {{ version = "^1", where = {where} }}')
    told = machine.call("install").expect(2, "where of 'ct-basic' in [packs] of zoo.toml (line 2) must be a table")
    assert 'Write where = { modality = "CT" }' in told.err


def test_a_wrong_filter_is_placed_once(machine: Machine) -> None:
    write_packs(machine, 'ct-basic = { version = "^1", where = { modalitx = "CT" } }')
    machine.call("install").expect(2, "in where of 'ct-basic' in [packs] of zoo.toml (line 2): 'modalitx' is no key")


def test_a_filter_in_python_that_maps_nothing() -> None:
    with pytest.raises(UsageError, match="where must map keys to values"):
        zoopkg.load("ct-basic", where="modality=CT")  # type: ignore[arg-type]  # the mistake itself


def test_a_copy_of_a_project_is_right(machine: Machine) -> None:
    copy = machine.root / "copy"
    shutil.copytree(machine.project, copy, copy_function=shutil.copy)
    assert "changed since" not in machine.call("install", cwd=copy).expect(0, "Nothing to do: 3 instances").err
    edited = copy / "zoo" / "ct-basic" / "a.txt"
    edited.chmod(0o644)
    edited.write_bytes(b"x")
    (copy / "zoo" / "ct-basic" / "new").touch()
    machine.call("install", cwd=copy).expect(0, "a.txt was changed since")
    assert edited.read_bytes() == b"x"


def test_many_changed_files_are_counted(tmp_path: Path, maintainer: Maintainer) -> None:
    maintainer.release("many", "1.0.0", {f"{n}.txt": b"a" for n in range(12)})
    machine = installed(tmp_path, maintainer, "many@1")
    for path in contents(machine.zoo):
        os.chmod(machine.zoo / path, 0o644)
        (machine.zoo / path).write_bytes(b"edited")
    (machine.zoo / "many" / "new").touch()
    machine.call("install").expect(0, "2 more files were changed, too")


def test_a_file_of_ones_own_after_a_failed_install(machine: Machine, maintainer: Maintainer) -> None:
    blocked = machine.zoo / "app"
    blocked.write_bytes(b"mine")
    machine.call("install", "app@1").expect(8, "app is not a folder")
    blocked.unlink()
    write_packs(machine, 'ct-basic = "^1"\nmr-basic = "^1"')
    state = machine.zoo / ".zoopkg" / "tmp"
    state.write_bytes(b"")  # the install is cut off after it wrote down what it is about to place
    machine.call("install").expect(1)
    state.unlink()
    assert "mr-basic" in (machine.zoo / ".zoopkg" / "state.json").read_text()
    own = machine.zoo / "mr-basic" / "a.txt"
    own.parent.mkdir()
    own.write_bytes(b"my own file")
    machine.call("install").expect(8, "mr-basic/a.txt is in the way")
    own.unlink()
    machine.call("install").expect(0, "Installed")


def test_a_lock_alone_needs_no_index_where_the_store_has_all(machine: Machine, maintainer: Maintainer) -> None:
    alone = machine.root / "alone"
    alone.mkdir()
    shutil.copy(machine.project / "zoo.lock", alone)
    machine.call("install", "--frozen", cwd=alone).expect(0, "nothing fetched")
    machine.call("verify", cwd=alone).expect(0)
    shutil.rmtree(alone / "zoo")
    shutil.rmtree(machine.store)
    told = machine.call("install", "--frozen", cwd=alone).expect(6, "the index 'idx', which zoo.lock names")
    assert "--index or --mirror" in told.err
    machine.call("install", "--frozen", "--index", maintainer.index, cwd=alone).expect(0)


def test_a_name_that_no_index_has(machine: Machine) -> None:
    for spec in ("ct-basik", "ct-basik@1"):
        machine.call("install", spec).expect(
            4, "has no pack zoo/ct-basik\n", "hint: Did you mean ct-basic or mr-basic?"
        )
    for spec in ("other/ct-basic", "other/ct-basic@1"):
        machine.call("install", spec).expect(4, "no index of this project serves the namespace other", "mean ct-basic?")
    machine.call("install", "zebra-knee").expect(4, "`zoopkg search zebra`", "--index")


@pytest.mark.parametrize(
    ("spec", "meant"),
    [
        ("ct-basic==1.0", "ct-basic@=1.0"),
        ("ct-basic>=1", "ct-basic@>=1"),
        ("ct-basic ~= 1.0", "ct-basic@~1.0"),
        ("ct-basic@v1", "ct-basic@1"),
        ("ct-basic@==1.0.0", "ct-basic@=1.0.0"),
    ],
)
def test_versions_spelled_as_elsewhere(machine: Machine, spec: str, meant: str) -> None:
    machine.call("install", spec).expect(2, f"hint: Write '{meant}'.")
    machine.call("install", meant, "--dry-run").expect(0)


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        ("rm", "`zoopkg remove`"),
        ("upgrade", "`zoopkg update`"),
        ("ls", "`zoopkg list`"),
        ("show", "`zoopkg info`"),
        ("instal", "`zoopkg install`"),
        ("pack biuld", "build"),
        ("--store X list", "`zoopkg list --store …`"),
        ("frobnicate", "`zoopkg --help`"),
    ],
)
def test_commands_by_other_names(machine: Machine, command: str, meant: str) -> None:
    machine.call(*command.split()).expect(2, meant)


def test_filters_that_mean_something_else(machine: Machine) -> None:
    machine.call("install", "mr-basic@1", "--where", "path=*.dcm").expect(4, "* stops at / and ** does not")
    machine.call("install", "mr-basic@1", "--where", "modality==CT").expect(4, "hint: Write modality=CT, with one")
    machine.call("install", "mr-basic@1", "--where", "modality=CT").expect(4, "`zoopkg install --help`")
    machine.call("install", "mr-basic@1", "--where", "size>1").expect(2, "'size' is no key of a filter; bytes is")


def test_what_of_a_lock_does_not_match(machine: Machine) -> None:
    write_packs(machine, 'ct-basic = "~1.0"\nmr-basic = "^1"')
    for command in (("install", "--locked"), ("lock", "--check")):
        told = machine.call(*command).expect(3, "zoo.lock does not match zoo.toml: ct-basic is locked for ^1 and asked")
        assert "asked for as ~1.0; mr-basic is not locked\n" in told.err
    told = machine.call("lock").expect(0, "Changed ct-basic from ^1 to ~1.0 (1.0.0)", "Added mr-basic ^1 (1.0.0)")
    assert "Added" not in machine.call("lock").expect(0).err


def test_what_is_removed_and_stays(machine: Machine) -> None:
    machine.call("install", "app@1").expect(0, "Added app ^1 (1.0.0)")
    machine.call("remove", "ct-basic").expect(0, "Removed ct-basic; it stays, since app requires it")
    assert (machine.zoo / "ct-basic").is_dir()


def test_groups_that_are_left_out_are_told(machine: Machine) -> None:
    machine.call("install", "mr-basic@1", "--group", "nightly").expect(0)
    (machine.zoo / "new").touch()
    machine.call("install").expect(0, "Left out what is in the group nightly")


def test_an_index_whose_folder_is_gone(tmp_path: Path, maintainer: Maintainer) -> None:
    copy = tmp_path / "idx"
    shutil.copytree(maintainer.index, copy)
    machine = Machine(tmp_path)
    machine.call("install", "ct-basic@1", "--index", copy).expect(0)
    shutil.rmtree(copy)
    machine.call("install", "mr-basic@1").expect(2, f"the index 'idx' is not in {copy}", "hint: Restore that folder")


def test_a_store_that_is_a_file(machine: Machine) -> None:
    machine.call("install", "mr-basic@1", "--store", machine.project / "zoo.toml").expect(1, "--store")


def test_a_project_that_never_was_installed_is_not_told_gone(machine: Machine) -> None:
    shutil.rmtree(machine.zoo)
    (machine.project / "zoo.lock").unlink()
    machine.call("store", "gc").expect(0)
    told = machine.call("store", "gc")
    assert f"Nothing is installed in {machine.project.resolve()}" in told.out + told.err
    assert "No longer there" not in told.out + told.err
