"""Eight processes at once, into one store, of different projects and of the same one."""

from pathlib import Path
from random import Random

import pytest
from zoopkg_cli import Machine, Maintainer, contents, ended, objects, released

_RANDOM = Random(6)
FILES = {f"{n:03}": _RANDOM.randbytes(2000 + n) for n in range(200)}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES})


@pytest.mark.parametrize("projects", [8, 1, 3])
def test_into_one_store(maintainer: Maintainer, tmp_path: Path, projects: int) -> None:
    machines = [Machine(tmp_path / str(n), store=tmp_path / "store") for n in range(projects)]
    running = [
        machines[n % projects].start("install", "demo@1", "--index", maintainer.index, "--jobs", "2") for n in range(8)
    ]
    for process in running:
        ended(process).expect(0)
    for machine in machines:
        assert contents(machine.zoo / "demo") == FILES
        machine.call("verify").expect(0)
        machine.call("install").expect(0, "Nothing to do")
    assert len(objects(tmp_path / "store")) == len(FILES)
    machines[0].call("store", "verify").expect(0)
    leftovers = [*(tmp_path / "store" / "objects").glob("*/.*"), *(tmp_path / "store" / "pending").iterdir()]
    assert leftovers == []
