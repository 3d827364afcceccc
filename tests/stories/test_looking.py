"""The verbs that look: what a project has and why, what is newer, what differs, what there is to find."""

import json
import os
import pty
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from servers import needs_nginx, nginx
from zoopkg_cli import COMMAND, Machine, Maintainer, times

from zoopkg.index import releases
from zoopkg.index.roles import Dates
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Revocations
from zoopkg.model.version import parse_version

J2K = "1.2.840.10008.1.2.4.90"
TODAY = Dates(datetime.now(UTC))


def dicom(folder: Path, modality: str, transfer_syntax: str) -> bytes:
    dataset, meta = Dataset(), FileMetaDataset()
    meta.TransferSyntaxUID = transfer_syntax
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"2.25.{len(modality)}"
    dataset.Modality, dataset.file_meta = modality, meta
    path = folder / f"{modality}.dcm"
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    """base has two majors; app needs the first of them, and ring and gnir need each other."""
    root = tmp_path_factory.mktemp("maintainer")
    maintainer = Maintainer(root)
    files = {"a": b"a", "sub/b": b"b" * 1000, "mr.dcm": dicom(root, "MR", J2K)}
    ct = dicom(root, "CT", "1.2.840.10008.1.2.1")
    for name, version, some, requires in (
        ("base", "1.0.0", files, ()),
        ("base", "1.1.0", {**files, "ct.dcm": ct, "new": b"n" * 500}, ()),
        ("base", "2.0.0", {"a": b"A", "moved/b": files["sub/b"], "ct.dcm": ct}, ()),
        ("app", "1.0.0", {"app": b"app"}, ("base@^1",)),
        ("top", "1.0.0", {"top": b"top"}, ("app@^1", "base@~1.0")),
        ("ring", "1.0.0", {"ring": b"ring"}, ("gnir@^1",)),
        ("gnir", "1.0.0", {"gnir": b"gnir"}, ("ring@^1",)),
    ):
        folder = maintainer.root / "packs" / f"{name}-{version}"
        for path, data in some.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        maintainer.stage(folder, name, version, sharing=False, requires=requires)
    maintainer.publish()
    return maintainer


@pytest.fixture(scope="module")
def installed(index: Maintainer, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine whose project asks for top, for the newest base through a filter, and for ring in a group."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    machine.call("install", "top", "--index", index.index).expect(0)
    machine.call("install", "base@2", "--where", "modality=CT").expect(0)
    machine.call("add", "ring", "--group", "nightly").expect(0)
    return machine


@pytest.fixture
def machine(index: Maintainer, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "own")


def test_list(installed: Machine) -> None:
    lines = [line.split("  ") for line in installed.call("list").expect(0).out.splitlines()]
    assert [(line[0].strip(), line[-1].strip()) for line in lines] == [
        ("app", "required by top 1.0.0"),
        ("base", "required by app 1.0.0, top 1.0.0; in base@1"),
        ("base", "where modality=CT"),
        ("gnir", "required by ring 1.0.0"),
        ("ring", "in the group nightly"),
        ("top", "MIT"),
    ]
    packs = {(each["name"], each["version"]): each for each in installed.call("list", "--json").expect(0).document}
    one, two = packs["zoo/base", "1.0.0"], packs["zoo/base", "2.0.0"]
    assert (one["direct"], one["folder"], one["requirement"]) == (False, "base@1", None)
    assert one["required_by"] == ["zoo/app@1.0.0", "zoo/top@1.0.0"]
    assert (two["direct"], two["folder"], two["requirement"], two["where"]) == (
        True,
        "base",
        "^2",
        {"modality": ["CT"]},
    )
    assert packs["zoo/ring", "1.0.0"]["group"] == "nightly"


def test_tree(installed: Machine) -> None:
    assert installed.call("tree").expect(0).out.splitlines() == [
        "base 2.0.0 (^2 where modality=CT)",
        "ring 1.0.0 (^1.0.0 in the group nightly)",
        "└── gnir 1.0.0",
        "    └── ring 1.0.0 (*)",
        "top 1.0.0 (^1.0.0)",
        "├── app 1.0.0",
        "│   └── base 1.0.0",
        "└── base 1.0.0",
        "(*) what it requires is shown further up",
    ]
    assert installed.call("tree", "app").expect(0).out.splitlines() == ["app 1.0.0", "└── base 1.0.0"]
    assert installed.call("tree", "base").expect(0).out.splitlines()[0] == "base 1.0.0"
    document = installed.call("tree", "--json").expect(0).document
    assert [root["name"] for root in document["roots"]] == ["zoo/base", "zoo/ring", "zoo/top"]
    assert {"name": "zoo/app", "version": "1.0.0", "requires": ["zoo/base@1.0.0"]} in document["packs"]


def test_a_code_page_without_lines_gets_a_plain_tree(installed: Machine) -> None:
    assert "`-- gnir 1.0.0" in installed.run("tree", env={"PYTHONIOENCODING": "cp1252"}).expect(0).out


def test_why(installed: Machine) -> None:
    assert installed.call("why", "base").expect(0).out.splitlines() == [
        "base 1.0.0",
        "  zoo.toml -> top 1.0.0 (^1.0.0) -> base 1.0.0",
        "  zoo.toml -> top 1.0.0 (^1.0.0) -> app 1.0.0 -> base 1.0.0",
        "base 2.0.0",
        "  zoo.toml -> base 2.0.0 (^2 where modality=CT)",
    ]
    (found,) = installed.call("why", "base@1", "--json").expect(0).document
    assert found["paths"][0] == ["zoo/top@1.0.0", "zoo/base@1.0.0"]
    assert found["more"] == 0
    installed.call("why", "bse").expect(4, "zoo.lock has no pack bse", "Did you mean base?")
    installed.call("why", "base@3").expect(4, "It has 1.0.0 and 2.0.0")
    installed.call("tree", "nothing").expect(4, "zoopkg list")


def test_what_the_lock_tells_needs_no_index(index: Maintainer, installed: Machine) -> None:
    hidden = index.index.rename(index.index.with_name("hidden"))
    try:
        for command in ("list", "tree", "why base"):
            installed.call(*command.split()).expect(0)
        installed.call("outdated").expect(2, "the folder that the project file names")
    finally:
        hidden.rename(index.index)


def test_looking_changes_nothing(installed: Machine) -> None:
    before = times(installed.project)
    for command in ("list", "tree", "why base", "outdated", "diff base", "info base", "search base"):
        installed.call(*command.split()).expect(0)
    assert times(installed.project) == before


def test_a_project_with_nothing_in_it(machine: Machine) -> None:
    for verb in ("list", "tree", "outdated"):
        result = machine.call(verb).expect(0, "No packs are locked")
        assert result.out == ""
        assert machine.call(verb, "--json").expect(0).document in ([], {"roots": [], "packs": []})
    machine.call("why", "base").expect(4, "zoo.lock has no pack base", "Nothing is locked here yet")
    (machine.project / "zoo.toml").write_text('[packs]\nbase = "^1"\n')
    for command in ("tree", "why base", "outdated"):
        machine.call(*command.split()).expect(3, "there is no zoo.lock", "zoopkg install")


def test_a_lock_that_does_not_match_is_told_of(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "app", "--index", index.index).expect(0)
    path = machine.project / "zoo.toml"
    path.write_text(path.read_text().replace('"^1.0.0"', '"^7"'))
    for command in ("list", "tree", "why base", "outdated"):
        machine.call(*command.split()).expect(0, "zoo.lock does not match zoo.toml")


def test_outdated(index: Maintainer, installed: Machine, machine: Machine) -> None:
    assert [line.split() for line in installed.call("outdated").expect(0).out.splitlines()] == [
        ["pack", "locked", "allowed", "newest"],
        ["base", "1.0.0", "1.0.0", "2.0.0"],
    ]
    found = installed.call("outdated", "--json").expect(0).document
    assert [(each["name"], each["current"]) for each in found if not each["current"]] == [("zoo/base", False)]
    assert len(installed.call("outdated", "--verbose").expect(0).out.splitlines()) == 1 + len(found)
    machine.call("install", "base", "--index", index.index).expect(0)
    assert machine.call("outdated").expect(0, "All packs are the newest there are: 1 pack").out == ""


def test_what_speaks_against_a_locked_version(index: Maintainer, machine: Machine, tmp_path: Path) -> None:
    shutil.copytree(index.root, tmp_path / "copy", symlinks=True)
    copy = tmp_path / "copy" / index.index.name
    machine.call("install", "app", "base@=2.0.0", "--index", copy).expect(0)
    releases.yank(copy, PackName("zoo", "app"), parse_version("1.0.0"), "wrong \u202ewindow", TODAY)
    content = machine.call("info", "base@1.1.0", "--json").document["release"]["content"]
    withdrawn = Revocations({Digest.parse(content): "a name"}, {Digest.of(b"A"): "a face"})
    releases.revoke(copy, "zoo", withdrawn, TODAY)
    index.call("index", "publish", copy, "--keys", index.keys).expect(0)
    rows = {line.split()[0] + line.split()[1]: line for line in machine.call("outdated").expect(0).out.splitlines()}
    assert rows["app1.0.0"].endswith("yanked: wrong window")
    assert rows["base1.1.0"].endswith("withdrawn: a name")
    assert rows["base2.0.0"].endswith("withdrawn: a face")
    told = machine.call("info", "base@1.1.0").expect(0).out
    assert "Withdrawn: a name" in told
    assert machine.call("info", "base@1.1.0", "--json").expect(0).document["withdrawn"] == "a name"


def test_two_versions(installed: Machine) -> None:
    heading, added, same = installed.call("diff", "base@=1.0.0", "base@1.1").expect(0).out.splitlines()
    assert (heading, same) == ("base 1.0.0 -> 1.1.0", "  3 the same")
    assert added.startswith("  2 added (")
    assert added.endswith(": modality CT 1; transfer_syntax ExplicitVRLittleEndian 1; kind dicom 1, other 1")
    out = installed.call("diff", "base@1.1", "base@2", "--verbose").expect(0).out.splitlines()
    assert out[0] == "base 1.1.0 -> 2.0.0"
    assert {"    - mr.dcm", "    - new", "    ~ a", "    sub/b -> moved/b", "  1 renamed", "  1 the same"} <= set(out)
    document = installed.call("diff", "base@1.1", "base@2", "--json").expect(0).document
    assert [each["path"] for each in document["removed"]] == ["mr.dcm", "new"]
    assert document["summary"]["removed"]["modality"] == {"MR": 1}
    assert document["renamed"][0]["to"]["path"] == "moved/b"
    assert (document["from"]["version"], document["to"]["version"], document["same"]) == ("1.1.0", "2.0.0", 1)


def test_the_locked_version_and_another(index: Maintainer, installed: Machine, machine: Machine) -> None:
    assert installed.call("diff", "base@1").expect(0).out.startswith("base 2.0.0 -> 1.1.0\n")
    same = installed.call("diff", "base").expect(0, "base 2.0.0 and base 2.0.0 have the same 3 instances")
    assert same.out == ""
    installed.call("diff", "base@1", "base@9").expect(4, "no version")
    machine.call("diff", "base@1", "--index", index.index).expect(4, "no version of base is locked here")
    machine.call("diff", "base@=1.0.0", "base@=1.1.0", "--index", index.index).expect(0)
    assert not (machine.project / "zoo.lock").exists()


def test_two_locks(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "base@=1.0.0", "ring", "--index", index.index).expect(0)
    old = machine.project / "old.lock"
    shutil.copy(machine.project / "zoo.lock", old)
    machine.call("install", "base@=1.1.0", "app").expect(0)
    machine.call("remove", "ring").expect(0)
    out = machine.call("diff", "old.lock", "zoo.lock").expect(0).out.splitlines()
    assert {"+ app 1.0.0", "- gnir 1.0.0", "- ring 1.0.0", "~ base 1.0.0 -> 1.1.0", "  3 the same"} <= set(out)
    assert "? ring: ^1.0.0 -> not asked for" in out
    document = machine.call("diff", "old.lock", "zoo.lock", "--json").expect(0).document
    (moved,) = document["moved"]
    assert [each["path"] for each in moved["diff"]["added"]] == ["ct.dcm", "new"]
    assert machine.call("diff", "old.lock", "old.lock").expect(0, "for the same packs").out == ""
    piped = subprocess.run(
        [*COMMAND, "diff", "-", "zoo.lock", "--json"],
        cwd=machine.project,
        env=machine.environment(),
        input=old.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert json.loads(piped.stdout) == document


def test_locks_whose_manifests_cannot_be_had_are_compared_all_the_same(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "base@=1.0.0", "--index", index.index).expect(0)
    text = (machine.project / "zoo.lock").read_text()
    stranger = text.replace('index = "idx"', 'index = "lost"').replace("1.0.0", "1.0.5")
    (machine.project / "other.lock").write_text(stranger.replace('manifest = "b3:', 'manifest = "b3:0000')[:-4])
    found = machine.call("diff", "zoo.lock", "other.lock")
    assert found.code == 2  # the lock is cut off
    (machine.project / "other.lock").write_text(stranger)
    found = machine.call("diff", "zoo.lock", "other.lock").expect(0)
    assert "~ base 1.0.0 -> 1.0.5" in found.out
    assert "from the index lost instead of idx" in found.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("zoo.lock", 2), ("- -", 2), ("zoo.lock base@1", 2), ("nowhere.lock zoo.lock", 2), ("", 2), ("Base base", 2),
        ("nothing@1 nothing@2", 4),
    ],
)  # fmt: skip
def test_what_cannot_be_compared(installed: Machine, arguments: str, code: int) -> None:
    installed.call("diff", *arguments.split()).expect(code)


def test_info(index: Maintainer, installed: Machine, machine: Machine) -> None:
    told = installed.call("info", "base").expect(0).out
    assert "1.0.0 (required by other packs); 2.0.0 (^2 where modality=CT), 1 of 3 instances" in told
    assert "base ~1.0" in installed.call("info", "top").expect(0).out
    assert "SecondaryCaptureImageStorage 2" in installed.call("info", "base@1.1").expect(0).out
    document = installed.call("info", "base", "--json").expect(0).document
    assert [each["selected"] for each in document["project"]] == [3, 1]
    assert document["cite"]
    assert "not in this project" in machine.call("info", "base", "--index", index.index).expect(0).out


def test_the_files_of_a_pack(index: Maintainer, machine: Machine) -> None:
    def info(*arguments: str) -> Any:
        return machine.call("info", *arguments, "--index", index.index).expect(0)

    mr = next(line for line in info("base@1.1", "--files").out.splitlines() if line.startswith("mr.dcm"))
    assert mr.split("  ")[-2:] == ["MR", "JPEG2000Lossless"]
    assert names(info("base@1.1", "--files").out) == ["a", "ct.dcm", "mr.dcm", "new", "sub/b"]
    assert names(info("base@1.1", "--where", "modality=CT").out) == ["ct.dcm"]
    document = info("base@1.1", "--files", "--json").document
    assert document["files"][-1]["bytes"] == 1000
    assert document["files"][1]["facets"]["modality"] == "CT"
    assert "files" not in info("base", "--json").document
    machine.call("info", "base", "--where", "modality=US", "--index", index.index).expect(
        4, "no instance of base 2.0.0 has modality US (it has none 2, CT 1)"
    )
    assert sorted(path.name for path in machine.store.glob("objects/*/*")) == []


def names(out: str) -> list[str]:
    return [line.split()[0] for line in out.splitlines()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["app", "base", "gnir", "ring", "top"]),
        ("base", ["base"]),
        ("RIN", ["ring"]),
        ("ing", ["ring"]),
        ("ct", ["base"]),
        ("secondary", ["base"]),
        ("base ct", ["base"]),
        ("base ring", []),
        ("mr", []),  # only an older version has one
        ("base --where modality=CT", ["base"]),
        ("base --where modality=MR", []),
    ],
)
def test_search(installed: Machine, query: str, found: list[str]) -> None:
    result = installed.call("search", *query.split()).expect(0)
    assert names(result.out) == found
    assert found or "None of 5 packs has" in result.err
    document = installed.call("search", *query.split(), "--json").expect(0).document
    assert [each["name"] for each in document["packs"]] == [f"zoo/{name}" for name in found]


def test_search_says_maybe_where_the_index_does_not_tell(installed: Machine) -> None:
    packs = installed.call("search", "--where", "modality=CT", "--json").expect(0).document["packs"]
    assert [each["certain"] for each in packs] == [True] + [False] * 4
    assert packs[0]["name"] == "zoo/base"
    result = installed.call("search", "base", "--where", "rows>=512").expect(0)
    assert "maybe: " in result.out
    (pack,) = installed.call("search", "base", "--where", "rows>=512", "--json").document["packs"]
    assert pack["certain"] is False
    installed.call("search", "--where", "nothing=1").expect(2, "no key of a filter")
    installed.call("search", "modality=CT").expect(0, "--where K=V")


def test_search_asks_every_index_of_the_project(machine: Machine, tmp_path: Path) -> None:
    maker, idx = Machine(tmp_path / "hospital"), tmp_path / "hospital" / "idx"
    (maker.project / "scan").write_bytes(b"scan")
    for command in (
        "pack init . --name hospital/scan --license MIT",
        "pack build . -o ../out --unreviewed",
        f"index init {idx} --keys ../keys --namespace hospital",
        f"index add {idx} ../out --keys ../keys --allow-unreviewed",
        f"index publish {idx} --keys ../keys",
    ):
        maker.call(*command.split()).expect(0)
    assert "hospital/scan" in names(machine.call("search", "--index", idx).expect(0).out)
    machine.call("install", "hospital/scan", "--index", idx).expect(0)
    found = machine.call("search", "--json").expect(0).document["packs"]
    assert {each["index"] for each in found} == {"zoo", "idx"}
    assert {"hospital/scan", "ct-basic"} <= set(names(machine.call("search").expect(0).out))
    for catalog in idx.glob("*._catalog.json"):
        catalog.unlink()
    shutil.rmtree(machine.store)
    machine.call("search").expect(6, "the index 'idx': ", "_catalog.json")


@needs_nginx
def test_search_offline(index: Maintainer, machine: Machine) -> None:
    with nginx(index.index) as url:
        flags = ("--index", url, "--root", index.first_root)
        machine.call("search", "base", *flags, "--offline").expect(7)
        machine.call("install", "app", *flags).expect(0)
        machine.call("search", "base", "--offline").expect(7, "Leave out --offline once")  # the catalog never came
        online = machine.call("search", "base").expect(0).out
        older = machine.call("outdated").expect(0).out
    assert names(online) == ["base"]
    assert machine.call("search", "base", "--offline").expect(0).out == online
    assert machine.call("outdated", "--offline").expect(0).out == older
    machine.call("search", "base").expect(6, "the index '")


def test_a_table_is_cut_on_a_terminal_alone(machine: Machine) -> None:
    whole = machine.run("search", "jpeg2000").expect(0).out.splitlines()
    assert min(map(len, whole)) > 100
    leader, follower = pty.openpty()
    env = machine.environment({"COLUMNS": "60"})
    process = subprocess.Popen(
        [*COMMAND, "search", "jpeg2000"], cwd=machine.project, env=env, stdout=follower, stderr=follower
    )
    os.close(follower)
    process.wait(60)
    shown = os.read(leader, 10_000).decode().splitlines()
    os.close(leader)
    assert [len(line) for line in shown] == [60] * len(whole)
    assert all(line.endswith("…") and "kB" not in line and "MIT" not in line for line in shown)
    assert [line.split("instance")[0] for line in shown] == [line.split("instance")[0] for line in whole]
