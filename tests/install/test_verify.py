"""Verification finds every file that is not what it should be, and none that is."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoopkg.install.plan import Wanted
from zoopkg.install.tree import Tree
from zoopkg.install.verify import Fault, Finding, verify
from zoopkg.model.digest import Digest
from zoopkg.store.objects import Objects

DATA = {f"demo/{n:03}": bytes([n]) * (n + 1) for n in range(150)}  # more than two chunks of work
WANTED = {path: Wanted(Digest.of(data), len(data)) for path, data in DATA.items()}


def damage(root: Path, path: str, fault: str) -> Fault:
    file, data = root / path, DATA[path]
    file.unlink()
    match fault:
        case "missing":
            return Fault.MISSING
        case "folder":
            file.mkdir()
            return Fault.NOT_A_FILE
        case "one bit":
            file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        case "longer":
            file.write_bytes(data + b"x")
        case "shorter":
            file.write_bytes(data[:-1])
        case "dangling":
            file.symlink_to("nowhere")
            return Fault.MISSING
    return Fault.CHANGED


FAULTS = st.sampled_from(["missing", "folder", "one bit", "longer", "shorter", "dangling"])


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.dictionaries(st.sampled_from(sorted(DATA)), FAULTS, max_size=6), jobs=st.integers(1, 4))
def test_it_finds_just_what_is_wrong(tmp_path_factory, faults: dict[str, str], jobs: int) -> None:
    root = tmp_path_factory.mktemp("zoo")
    (root / "demo").mkdir()
    for path, data in DATA.items():
        (root / path).write_bytes(data)
    expected = {Finding(path, damage(root, path, fault)) for path, fault in faults.items()}
    read: list[int] = []
    found = verify(Tree(root, Objects(root / "objects")), WANTED, jobs, read.append)
    assert set(found) == expected
    assert [finding.path for finding in found] == sorted(faults)
    missing = sum(len(DATA[finding.path]) for finding in found if finding.fault is Fault.MISSING)
    assert sum(read) == sum(map(len, DATA.values())) - missing


def test_a_whole_folder_that_is_gone(tmp_path: Path) -> None:
    found = verify(Tree(tmp_path, Objects(tmp_path / "objects")), WANTED, 2, lambda _: None)
    assert {finding.fault for finding in found} == {Fault.MISSING}
    assert len(found) == len(DATA)
