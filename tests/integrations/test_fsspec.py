"""`zoo://`: what paths mean, what is fetched when, what is refused."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pydicom
import pytest
from demo_pack import FILES
from servers import needs_nginx
from zoopkg_cli import Maintainer, Result, objects

import zoopkg
from benchmarks.server import serving
from zoopkg.integrations.fsspec import ZooFileSystem

Make = Callable[..., ZooFileSystem]


@pytest.fixture(autouse=True)
def no_cache() -> Iterator[None]:
    yield
    ZooFileSystem.clear_instance_cache()


@pytest.fixture
def starter(warm: Path, tmp_path: Path) -> ZooFileSystem:
    return fsspec.filesystem("zoo", directory=str(tmp_path), store=str(warm), offline=True)


@pytest.fixture
def demo(maintainer: Maintainer, memory: Path, tmp_path: Path) -> ZooFileSystem:
    return ZooFileSystem(directory=str(tmp_path), store=str(memory / "demo"), index=str(maintainer.index))


def test_fsspec_knows_the_protocol(starter: ZooFileSystem, warm: Path, tmp_path: Path) -> None:
    options = {"directory": str(tmp_path), "store": str(warm), "offline": True}
    with fsspec.open("zoo://broken@1/base/good.dcm", **options) as file:
        assert pydicom.dcmread(file).Modality == starter.info("broken@1/base/good.dcm")["facets"]["modality"]
    with fsspec.open("zoo://broken@1/expected.json", "rt", **options) as file:
        assert json.load(file)
    paths = fsspec.open_local("zoo://broken@1/base/*.dcm", **options)
    assert [Path(path).read_bytes() for path in paths] == list(starter.cat("broken@1/base/*.dcm").values())
    files = fsspec.open_files("zoo://broken@1/base/*.dcm", **options)
    assert [each.path for each in files] == starter.ls("broken@1/base", detail=False)
    found, path = fsspec.core.url_to_fs("zoo://zoo/broken@1/base/", **options)
    assert (type(found), path) == (ZooFileSystem, "zoo/broken@1/base")


def test_the_tree_is_that_of_the_manifest(demo: ZooFileSystem) -> None:
    assert demo.ls("demo@1.0", detail=False) == ["demo@1.0/a", "demo@1.0/b.txt", "demo@1.0/empty.txt"]
    assert demo.ls("demo@1.0/b.txt", detail=False) == ["demo@1.0/b.txt"]
    assert demo.find("zoo://demo@1.0/") == [f"demo@1.0/{path}" for path in sorted(FILES)]
    assert demo.find("demo@1") == [f"demo@1/{path}" for path in sorted([*FILES, "new.txt"])]
    assert demo.glob("demo@1.0/**/*.bin") == ["demo@1.0/a/big.bin", "demo@1.0/a/deep/other.bin"]
    assert [(folder, sorted(folders), sorted(files)) for folder, folders, files in demo.walk("demo@1.0")] == [
        ("demo@1.0", ["a"], ["b.txt", "empty.txt"]),
        ("demo@1.0/a", ["deep"], ["big.bin"]),
        ("demo@1.0/a/deep", [], ["other.bin"]),
    ]
    assert demo.du("demo@1.0") == sum(map(len, FILES.values()))
    assert {info["name"]: info["size"] for info in demo.ls("demo@1.0")} == {
        "demo@1.0/a": 0,
        "demo@1.0/b.txt": 10,
        "demo@1.0/empty.txt": 0,
    }


@pytest.mark.parametrize("pack", ["demo", "demo@1", "demo@1.1.0", "demo@^1", "demo@latest", "zoo/demo", "zoo/demo@1"])
def test_a_pack_may_be_spelled_in_many_ways(demo: ZooFileSystem, pack: str) -> None:
    assert demo.cat_file(f"zoo://{pack}/new.txt") == b"new"
    assert demo.info(f"{pack}/new.txt")["name"] == f"{pack}/new.txt"
    assert demo.isdir(f"{pack}/a")
    assert not demo.isfile(f"{pack}/a")
    assert demo.isfile(f"{pack}/a/big.bin")


def test_other_namespaces_need_a_version(demo: ZooFileSystem) -> None:
    with pytest.raises(FileNotFoundError, match="no index of this project serves the namespace hospital"):
        demo.info("hospital/demo@1/new.txt")
    with pytest.raises(FileNotFoundError, match="no pack zoo/hospital"):
        demo.info("hospital/demo/new.txt")


@pytest.mark.parametrize(
    "path", ["demo@1/nothing.txt", "demo@1/a/big.bin/below", "demo@2/b.txt", "demmo/b.txt", "demo@1/A"]
)
def test_what_is_not_there_is_not_found(demo: ZooFileSystem, path: str) -> None:
    for ask in (demo.info, demo.open, demo.cat_file, demo.ls, demo.ukey):
        with pytest.raises(FileNotFoundError):
            ask(path)
    assert not demo.exists(path)
    assert not demo.isfile(path)
    assert not demo.isdir(path)
    assert demo.find(path) == []


def test_what_cannot_be_asked_is_told(memory: Path, tmp_path: Path, maintainer: Maintainer) -> None:
    far = ZooFileSystem(
        directory=str(tmp_path),
        store=str(memory / "cold"),
        index="http://127.0.0.1:9/",
        root=str(maintainer.first_root),
        offline=True,
    )
    for ask in (far.exists, far.isfile, far.isdir, far.info, far.ls, far.open):
        with pytest.raises(zoopkg.OfflineError):
            ask("demo@1/b.txt")
    for path in ("demo@x/b.txt", "demo@/b.txt", "CT/b.txt"):
        with pytest.raises(zoopkg.UsageError):
            far.exists(path)
    with pytest.raises(zoopkg.UsageError, match="no key"):
        ZooFileSystem(where={"modallity": "CT"})


def test_spans_are_those_of_python(demo: ZooFileSystem) -> None:
    data = FILES["b.txt"]
    bounds = [None, -20, -3, 0, 2, 9, 10, 40]
    for start in bounds:
        for end in bounds:
            assert demo.cat_file("demo@1/b.txt", start=start, end=end) == data[start:end]
    assert demo.cat_file("demo@1/empty.txt") == b""
    assert demo.cat_ranges(["demo@1/b.txt", "demo@1/b.txt"], [0, 4], [2, 6]) == [b"01", b"45"]
    assert demo.head("demo@1/b.txt", 3) + demo.tail("demo@1/b.txt", 3) == b"012789"


def test_open_files_seek(demo: ZooFileSystem) -> None:
    with demo.open("demo@1/a/big.bin") as file:
        file.seek(-5, 2)
        assert file.read() == FILES["a/big.bin"][-5:]
        assert not file.writable()
    with demo.open("demo@1/b.txt", "r", encoding="ascii") as file:
        assert file.read() == "0123456789"


def test_many_are_read_and_copied(demo: ZooFileSystem, tmp_path: Path) -> None:
    assert demo.cat("demo@1.0/a/**/*.bin") == {
        "demo@1.0/a/big.bin": FILES["a/big.bin"],
        "demo@1.0/a/deep/other.bin": FILES["a/deep/other.bin"],
    }
    demo.get("demo@1.0", str(tmp_path / "copy"), recursive=True)
    found = {path.relative_to(tmp_path / "copy").as_posix(): path for path in (tmp_path / "copy").rglob("*.*")}
    assert {path: file.read_bytes() for path, file in found.items()} == FILES
    found["b.txt"].write_text("copies may be edited")
    assert demo.cat_file("demo@1.0/b.txt") == FILES["b.txt"]
    assert demo.cat(["demo@1/b.txt", "demo@1/gone"], on_error="omit") == {"demo@1/b.txt": FILES["b.txt"]}


def test_files_are_told_apart_by_digest(demo: ZooFileSystem) -> None:
    assert demo.ukey("demo@1/b.txt") == demo.ukey("demo@1.0/b.txt") == demo.info("demo/b.txt")["digest"]
    assert demo.checksum("demo@1/b.txt") == demo.checksum("demo@1.0/b.txt") != demo.checksum("demo@1/new.txt")


def test_a_filter_leaves_a_part(warm: Path, tmp_path: Path) -> None:
    part = ZooFileSystem(directory=str(tmp_path), store=str(warm), offline=True, where={"defects": "pixel.*"})
    whole = ZooFileSystem(directory=str(tmp_path), store=str(warm), offline=True)
    left = part.find("broken@1")
    assert 0 < len(left) < len(whole.find("broken@1"))
    assert all(any(code.startswith("pixel.") for code in whole.info(path)["facets"]["defects"]) for path in left)
    assert not part.exists("broken@1/base/good.dcm")
    assert "broken@1/base" not in part.ls("broken@1", detail=False)


@pytest.mark.parametrize(
    "write",
    [
        lambda fs, path: fs.open(path, "wb"),
        lambda fs, path: fs.open(path, "ab"),
        lambda fs, path: fs.open(path, "w"),
        lambda fs, path: fs.pipe(path, b"x"),
        lambda fs, path: fs.pipe_file(path, b"x"),
        lambda fs, path: fs.rm(path),
        lambda fs, path: fs.rm_file(path),
        lambda fs, path: fs.delete(path),
        lambda fs, path: fs.touch(path),
        lambda fs, path: fs.mkdir(path),
        lambda fs, path: fs.makedirs(path, exist_ok=True),
        lambda fs, path: fs.rmdir(path),
        lambda fs, path: fs.cp_file(path, f"{path}2"),
        lambda fs, path: fs.copy(path, f"{path}2"),
        lambda fs, path: fs.mv(path, f"{path}2"),
        lambda fs, path: fs.rename(path, f"{path}2"),
        lambda fs, path: fs.put_file(__file__, path),
        lambda fs, path: fs.put(__file__, path),
        lambda fs, path: fs.upload(__file__, path),
    ],
)
def test_nothing_can_be_written(demo: ZooFileSystem, write: Callable[[ZooFileSystem, str], Any]) -> None:
    with pytest.raises(OSError, match="read-only"):
        write(demo, "demo@1/b.txt")
    assert demo.cat_file("demo@1/b.txt") == FILES["b.txt"]


def test_it_survives_pickle_and_json(demo: ZooFileSystem) -> None:
    for again in (pickle.loads(pickle.dumps(demo)), fsspec.AbstractFileSystem.from_json(demo.to_json())):
        assert again.cat_file("demo@1/new.txt") == b"new"


def test_the_lock_decides_and_the_top_lists_it(maintainer: Maintainer, memory: Path, tmp_path: Path) -> None:
    zoo = ZooFileSystem(directory=str(tmp_path), store=str(memory / "demo"), index=str(maintainer.index))
    assert zoo.ls("") == []
    assert zoo.isfile("demo@1/new.txt")
    install(tmp_path, memory, "demo@=1.0.0", maintainer)
    assert zoo.ls("zoo://", detail=False) == ["demo@1.0.0"]
    assert zoo.isdir("zoo://")
    assert zoo.isfile("demo@1/new.txt")
    zoo.invalidate_cache()
    assert not zoo.exists("demo@1/new.txt")
    assert zoo.find("")[0] == "demo@1.0.0/a/big.bin"


def test_the_working_folder_counts_when_it_is_asked(
    maintainer: Maintainer, memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOOPKG_STORE", str(memory / "demo"))
    monkeypatch.setenv("ZOOPKG_INDEX", str(maintainer.index))
    (tmp_path / "project").mkdir()
    install(tmp_path / "project", memory, "demo@=1.0.0", maintainer)
    zoo = fsspec.filesystem("zoo")
    for folder, has in ((tmp_path, True), (tmp_path / "project", False), (tmp_path, True)):
        monkeypatch.chdir(folder)
        assert zoo.exists("demo@1/new.txt") is has


def install(project: Path, memory: Path, spec: str, maintainer: Maintainer) -> None:
    where = ("--directory", project, "--store", memory / "demo", "--index", maintainer.index)
    result: Result = maintainer.call("install", spec, *where)
    result.expect(0)


@needs_nginx
def test_listing_fetches_no_data_and_reading_one_block(maintainer: Maintainer, memory: Path, tmp_path: Path) -> None:
    with serving(maintainer.index) as server:
        options = {"directory": str(tmp_path), "index": f"{server.url}/", "root": str(maintainer.first_root)}
        zoo = ZooFileSystem(store=str(memory / "counted"), **options)
        zoo.ls("demo@1")
        listed = server.mark()
        assert len(zoo.find("demo@1")) == 5
        assert len(zoo.glob("demo@1/**/*.bin")) == 2
        assert list(zoo.walk("demo@1"))
        assert zoo.exists("demo@1/a/big.bin")
        assert not zoo.exists("demo@1/a/none.bin")
        assert zoo.info("demo@1/a/big.bin")["size"] == 300_000
        assert server.since(listed).requests == 0
        assert objects(memory / "counted") == []
        assert zoo.cat_file("demo@1/a/big.bin", start=100, end=200) == FILES["a/big.bin"][100:200]
        read = server.since(listed)
        assert read.requests == 2  # the layout and the block
        assert 300_000 < read.bytes < 320_000
        again = server.mark()
        zoo.cat_file("demo@1/a/big.bin")
        assert server.since(again).requests == 0
        zoo.get("demo@1", str(tmp_path / "all"), recursive=True)
        assert server.since(again).requests <= 2  # a bundle of each version
        assert len(objects(memory / "counted")) == 5


def test_the_module_is_not_loaded_before_it_is_asked_for() -> None:
    code = "import fsspec, sys; fsspec.available_protocols(); print([m for m in sys.modules if m.startswith('zoopkg')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
