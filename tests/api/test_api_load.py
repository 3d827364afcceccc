"""Loading: which version it is, when bytes come, what settings say, many processes at once."""

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, objects

import zoopkg
from zoopkg import Pack
from zoopkg.index import releases
from zoopkg.index.roles import Dates
from zoopkg.model.digest import Digest
from zoopkg.model.record import Revocations

Load = Callable[..., Pack]


@pytest.fixture(scope="module")
def maintainer(folder: Path) -> Maintainer:
    """An index with two versions of one pack."""
    maintainer = Maintainer(folder / "maintainer")
    files = {"one.txt": b"1", "two.txt": b"2" * 400_000, "three.txt": b"3" * 400_000}
    maintainer.release("demo", "1.0.0", files)
    maintainer.release("demo", "1.1.0", files | {"four.txt": b"4"})
    return maintainer


def test_the_newest_allowed_version_is_loaded(maintainer: Maintainer, memory: Path, tmp_path: Path) -> None:
    def version(spec: str) -> str:
        return zoopkg.load(spec, index=str(maintainer.index), directory=tmp_path, store=memory / "store").version

    assert (version("demo"), version("demo@1"), version("demo@1.0"), version("zoo/demo@=1.0.0")) == (
        "1.1.0",
        "1.1.0",
        "1.0.0",
        "1.0.0",
    )
    with pytest.raises(zoopkg.NoResolutionError):
        version("demo@2")


def test_the_lock_of_the_project_decides(maintainer: Maintainer, tmp_path: Path, memory: Path) -> None:
    maintainer.call("install", "demo@=1.0.0", "--index", maintainer.index).expect(0)
    (maintainer.project / "zoo.toml").write_text((maintainer.project / "zoo.toml").read_text().replace("=1.0.0", "1"))
    inner = maintainer.project / "tests" / "inner"
    inner.mkdir(parents=True)
    before = contents(maintainer.project)
    locked = zoopkg.load("demo@1", directory=inner, store=memory / "store")
    newest = zoopkg.load("demo@1.1", directory=inner, store=memory / "store")
    assert [(pack.version, pack.locked) for pack in (locked, newest)] == [("1.0.0", True), ("1.1.0", False)]
    assert contents(maintainer.project) == before


def test_bytes_come_when_they_are_needed(maintainer: Maintainer, tmp_path: Path) -> None:
    store = tmp_path / "store"
    pack = zoopkg.load("demo@1", index=str(maintainer.index), directory=tmp_path, store=store)
    assert [file.path for file in pack.files] == ["four.txt", "one.txt", "three.txt", "two.txt"]
    assert [file.facets["kind"] for file in pack.files] == ["other"] * 4
    assert objects(store) == []
    assert pack.path("two.txt").read_bytes() == b"2" * 400_000
    assert len(objects(store)) == 1
    with pack.files[0].open() as file:
        assert file.read() == b"4"
    assert len(objects(store)) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]


def test_an_instance_by_index_comes_alone_and_a_loop_brings_all(load: Load, tmp_path: Path) -> None:
    pack = load("mr-basic@1", store=tmp_path).where(path="phantom/echo-1/*")
    assert pack[3].file.stat().st_size == pack[3].size
    assert len(objects(tmp_path)) == 1
    next(iter(pack))
    assert len(objects(tmp_path)) == 1
    assert next(iter(pack)).file.is_file()
    assert len(objects(tmp_path)) == 24


def test_fetch_brings_all_that_is_selected(load: Load, tmp_path: Path) -> None:
    pack = load("mr-basic@1", store=tmp_path)
    pack.where(path="phantom/echo-2/*").fetch()
    assert len(objects(tmp_path)) == 24
    pack.fetch()
    assert len(objects(tmp_path)) == len({file.digest for file in pack.files})


def test_what_was_removed_from_the_store_comes_again(load: Load, tmp_path: Path) -> None:
    instances = list(load("mr-basic@1", store=tmp_path))
    file = instances[0].file
    file.unlink()
    assert instances[0].file.stat().st_size == instances[0].size
    assert file.stat().st_mode & 0o222 == 0


def test_filters_of_load_and_of_the_pack_are_the_same(load: Load) -> None:
    where = {"Modality": ["CT", "MR"], "rows": ">=128", "body_part": None, "path": "**"}
    assert list(load("ct-basic@1", where=where)) == list(load("ct-basic@1").where(**where))
    assert list(load("ct-basic@1", where={})) == list(load("ct-basic@1").where()) == list(load("ct-basic@1"))
    with pytest.raises(zoopkg.UsageError, match="is no key of a filter; modality is the nearest"):
        load("ct-basic@1", where={"modalty": "CT"})


def test_variables_count_as_on_the_command_line(
    maintainer: Maintainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    for name, value in {
        "STORE": str(tmp_path / "store"),
        "INDEX": str(maintainer.index),
        "DIRECTORY": str(tmp_path / "project"),
        "OFFLINE": "yes",
        "JOBS": "2",
    }.items():
        monkeypatch.setenv(f"ZOOPKG_{name}", value)
    assert zoopkg.load("demo@1").path("one.txt").is_relative_to(tmp_path / "store")
    assert zoopkg.load("demo@1", store=tmp_path / "own").path("one.txt").is_relative_to(tmp_path / "own")
    for name, value in {"OFFLINE": "perhaps", "JOBS": "33"}.items():
        with monkeypatch.context() as patch:
            patch.setenv(f"ZOOPKG_{name}", value)
            with pytest.raises(zoopkg.UsageError, match=f"ZOOPKG_{name} is '{value}'"):
                zoopkg.load("demo@1")


def test_offline_is_offline(memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOPKG_OFFLINE", "1")
    root = next((Path(zoopkg.__file__).parents[1] / "index").glob("1.root.json"))
    with pytest.raises(zoopkg.OfflineError):
        zoopkg.load("demo", index="http://127.0.0.1:1/", root=root, directory=tmp_path, store=tmp_path / "store")


class TestWithdrawn:
    @pytest.fixture
    def machine(self, memory: Path) -> Iterator[Machine]:
        """A machine with a pack in its project that was withdrawn after it was installed."""
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            maintainer = Maintainer(Path(folder) / "maintainer")
            maintainer.release("demo", "1.0.0", {"one.txt": b"1", "two.txt": b"2"})
            machine = Machine(Path(folder) / "machine")
            machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
            content = zoopkg.load("demo@1", directory=machine.project, store=machine.store).content
            withdrawn = Revocations({Digest.parse(content): "a name in it"}, {})
            releases.revoke(maintainer.index, "zoo", withdrawn, Dates(datetime.now(UTC)))
            maintainer.publish()
            yield machine

    def test_it_is_refused_before_anything_is_fetched(self, machine: Machine) -> None:
        pack = zoopkg.load("demo@1", directory=machine.project, store=machine.store)
        assert pack.locked
        pack.path("two.txt").unlink()
        assert pack.path("one.txt").read_bytes() == b"1"  # nothing to fetch, so nobody was asked
        for _ in range(2):
            with pytest.raises(zoopkg.PolicyError, match=r"demo 1\.0\.0 was withdrawn: a name in it"):
                pack.path("two.txt")
        assert len(objects(machine.store)) == 1
        with pytest.raises(zoopkg.PolicyError):  # now it is known
            zoopkg.load("demo@1", directory=machine.project, store=machine.store)

    def test_a_new_machine_fetches_nothing(self, machine: Machine, tmp_path: Path) -> None:
        given = {"directory": machine.project, "store": tmp_path / "new"}
        with pytest.raises(zoopkg.PolicyError, match="a name in it"):
            zoopkg.load("demo@1", **given).fetch()
        assert objects(tmp_path / "new") == []
        zoopkg.load("demo@1", allow_withdrawn=True, **given).fetch()
        assert len(objects(tmp_path / "new")) == 2


@pytest.mark.parametrize("spec", ["", "no such", "ct-basic@x", "nothing-of-this-name", "@1", "ct-basic@99"])
def test_a_wrong_spec_is_a_zoo_error(load: Load, spec: str) -> None:
    with pytest.raises((zoopkg.UsageError, zoopkg.NoResolutionError)):
        load(spec)


def test_warnings_go_to_the_log(maintainer: Maintainer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pack = zoopkg.load("demo@1", index=str(maintainer.index), directory=tmp_path, store=tmp_path / "store")
    bundles = maintainer.blobs("bundle")
    moved = [bundle.rename(bundle.with_suffix(".gone")) for bundle in bundles]
    try:
        with caplog.at_level(logging.WARNING, logger="zoopkg"), pytest.raises(zoopkg.NotOnMirrorsError):
            pack.fetch()
    finally:
        for bundle in moved:
            bundle.rename(bundle.with_suffix(".bundle"))
    assert {record.name for record in caplog.records} <= {"zoopkg"}
    pack.fetch()


def test_progress_is_told(maintainer: Maintainer, tmp_path: Path) -> None:
    class Heard:
        def __init__(self) -> None:
            self.total = self.done = 0

        def begin(self, what: str, total: int) -> None:
            self.total += total

        def advance(self, count: int, mirror: str = "") -> None:
            self.done += count

        def warn(self, message: str) -> None:
            raise AssertionError(message)

    heard = Heard()
    given = {"index": str(maintainer.index), "directory": tmp_path, "store": tmp_path / "store"}
    zoopkg.load("demo@1", progress=heard, **given).fetch()
    assert heard.total == heard.done > 0


CHILD = """
import hashlib, json, sys, zoopkg
pack = zoopkg.load("mr-basic@1")
print(json.dumps({each.path: hashlib.sha256(each.open().read()).hexdigest() for each in pack}))
"""


def test_many_processes_load_at_once(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOPKG_STORE", str(tmp_path / "store"))
    children = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore::ResourceWarning", "-c", CHILD], cwd=tmp_path, stdout=-1, stderr=-1
        )
        for _ in range(4)
    ]
    told = [child.communicate(timeout=120) for child in children]
    assert [(child.returncode, err) for child, (_, err) in zip(children, told, strict=True)] == [(0, b"")] * 4
    first = json.loads(told[0][0])
    assert all(json.loads(out) == first for out, _ in told)
    assert list(first) == [each.path for each in load("mr-basic@1")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]
    assert list((tmp_path / "store").rglob("*.journal")) == []


def test_threads_share_a_pack(load: Load, tmp_path: Path) -> None:
    pack = load("mr-basic@1", store=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        sizes = list(pool.map(lambda each: each.file.stat().st_size, [*pack, *(pack[i] for i in range(len(pack)))]))
    assert sizes == [each.size for each in pack] * 2


def test_the_users_configuration_counts(tmp_path, monkeypatch):
    store, config = tmp_path / "configured", tmp_path / "config.toml"
    config.write_text(f'store = "{store}"\noffline = true\n')
    monkeypatch.setenv("ZOOPKG_CONFIG", str(config))
    monkeypatch.delenv("ZOOPKG_STORE", raising=False)
    pack = zoopkg.load("dicomdir@1", directory=tmp_path)
    assert pack[0].file.is_relative_to(store)
    monkeypatch.setenv("ZOOPKG_STORE", str(tmp_path / "variable"))
    assert zoopkg.load("dicomdir@1", directory=tmp_path)[0].file.is_relative_to(tmp_path / "variable")
    config.write_text("jobs = 70\n")
    monkeypatch.setenv("ZOOPKG_CONFIG", f"{tmp_path}/./config.toml/../config.toml")
    with pytest.raises(zoopkg.UsageError):
        zoopkg.load("dicomdir@1", directory=tmp_path / "nowhere")
