"""The same requirements on the same index give the same bytes of zoo.lock, on any machine, in any order."""

from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, write_files

PACKS = [
    'app = "^1"',
    'base = ">=1, <3"',
    'other = { version = "^1", where = { path = ["sub/*", "a.dcm"] }, group = "nightly" }',
]
FILES = {"a.dcm": b"a", "sub/b.dcm": b"b", "x.txt": b"x"}
MACHINES = [
    ({"TZ": "UTC", "LANG": "C", "PYTHONHASHSEED": "0"}, 1, PACKS),
    ({"TZ": "Asia/Kolkata", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"}, 8, PACKS[::-1]),
    ({"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}, 4, [PACKS[1], PACKS[2], PACKS[0]]),
]


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    for name, version, requires in (
        ("base", "1.0.0", []),
        ("base", "1.1.0", []),
        ("base", "2.0.0", []),
        ("app", "1.0.0", ["zoo/base@^1", "zoo/deep@>=1"]),
        ("deep", "1.0.0", []),
        ("other", "1.0.0", ["zoo/deep@^1"]),
    ):
        folder = maintainer.root / "packs" / f"{name}-{version}"
        write_files(folder, {**FILES, "version.txt": f"{name} {version}".encode()})
        maintainer.stage(folder, name, version, sharing=False, requires=requires)
    maintainer.publish()
    return maintainer


def test_machines_that_differ_in_all_but_what_they_ask_for(maintainer: Maintainer, tmp_path: Path) -> None:
    locks, installed = set(), []
    for n, (environment, jobs, lines) in enumerate(MACHINES):
        machine = Machine(tmp_path / f"machine {n}")
        (machine.project / "zoo.toml").write_text("\n".join(["[packs]", *lines, ""]))
        named = ("--index", maintainer.index, "--root", maintainer.first_root)
        machine.run("install", "app", "--jobs", jobs, *named, env=environment).expect(0)
        locks.add((machine.project / "zoo.lock").read_bytes())
        installed.append(contents(machine.zoo))
        machine.run("lock", "--check", env=MACHINES[n - 1][0]).expect(0)
        machine.run("lock", "--upgrade", "--jobs", 9 - jobs, env=MACHINES[n - 1][0]).expect(0)
        locks.add((machine.project / "zoo.lock").read_bytes())
    assert len(locks) == 1
    assert installed[0] == installed[1] == installed[2]


def test_step_by_step_is_the_same_as_at_once(maintainer: Maintainer, tmp_path: Path) -> None:
    once, steps = Machine(tmp_path / "once"), Machine(tmp_path / "steps")
    once.call("install", "app@1", "base@1", "other@1", "--index", maintainer.index).expect(0)
    for spec in ("other@1", "deep@1", "base@1", "app@1"):
        steps.call("install", spec, "--index", maintainer.index).expect(0)
    steps.call("remove", "deep").expect(0)
    assert (once.project / "zoo.lock").read_bytes() == (steps.project / "zoo.lock").read_bytes()
