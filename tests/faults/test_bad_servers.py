"""Blobs that are missing, damaged or slow to come, through the whole command."""

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hostile import Behaviour, Exchange, cut, drip, hostile, html, serve
from servers import needs_nginx, nginx
from zoopkg_cli import Machine, Maintainer, contents, ended, objects, released, served

_RANDOM = Random(4)
FILES = {"small/a": b"a" * 500, "small/b": b"b" * 700, "large": _RANDOM.randbytes(300_000)}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES})


@pytest.fixture
def index(maintainer: Maintainer, tmp_path: Path) -> Path:
    return served(maintainer.index, tmp_path / "served")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def install(machine: Machine, maintainer: Maintainer, url: str | Path, *more: object):
    return machine.call("install", "demo@1", "--index", url, "--root", maintainer.first_root, *more)


def only(index: Path, kind: str) -> Path:
    (path,) = index.glob(f"*.{kind}")
    return path


DAMAGES: dict[str, tuple[Callable[[bytes], bytes | None], int]] = {
    "missing": (lambda _: None, 6),
    "truncated": (lambda data: data[:-10], 5),
    "empty": (lambda _: b"", 5),
    "longer": (lambda data: data + b"surplus", 5),
    "a web page": (lambda data: b"<!DOCTYPE html><title>Log in</title>".ljust(len(data))[: len(data)], 5),
    "a short web page": (lambda _: b"<!DOCTYPE html><title>Log in</title>", 5),
}


@needs_nginx
@pytest.mark.parametrize("kind", ["manifest", "layout", "bundle"])
def test_damaged_blobs(maintainer: Maintainer, machine: Machine, index: Path, kind: str) -> None:
    path = only(index, kind)
    original = path.read_bytes()
    with nginx(index) as url:
        for name, (damage, code) in DAMAGES.items():
            data = damage(original)
            path.unlink() if data is None else path.write_bytes(data)
            result = install(machine, maintainer, url).sober()
            allowed = (code,) if kind != "bundle" or name == "missing" else (0, 5, 6)
            assert result.code in allowed, f"{name}: {result}"
            if result.code:
                assert "demo" in result.err or only(maintainer.index, kind).name in result.err
                assert not (machine.zoo / "demo").exists(), name
                assert not (machine.project / "zoo.lock").exists(), name
            shutil.rmtree(machine.root)
            Machine(machine.root)
        path.write_bytes(original)
        install(machine, maintainer, url).expect(0)
    assert contents(machine.zoo / "demo") == FILES


@needs_nginx
def test_a_damaged_bundle_is_made_good_by_the_next_run(maintainer: Maintainer, machine: Machine, index: Path) -> None:
    path = only(index, "bundle")
    original = path.read_bytes()
    path.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
    with nginx(index) as url:
        install(machine, maintainer, url).expect(5, path.name)
        assert not (machine.zoo / "demo").exists()
        kept = len(objects(machine.store))
        path.write_bytes(original)
        document = install(machine, maintainer, url, "--json").expect(0).document
    assert contents(machine.zoo / "demo") == FILES
    assert document["shared"] == kept


def on_bundles(first: Behaviour, then: Behaviour, times: int = 1) -> Behaviour:
    """What the first requests for bundles get, and everything else."""
    seen: list[str] = []

    def behave(exchange: Exchange) -> bool:
        if exchange.path.endswith(".bundle") and len(seen) < times:
            seen.append(exchange.path)
            return first(exchange)
        return then(exchange)

    return behave


def test_a_cut_connection_is_resumed(maintainer: Maintainer, machine: Machine, index: Path) -> None:
    with hostile(on_bundles(cut(index, 100_000), serve(index))) as server:
        document = install(machine, maintainer, server.url, "--json").expect(0).document
        asked = [each.headers.get("range", "") for each in server.asked if each.path.endswith(".bundle")]
    assert contents(machine.zoo / "demo") == FILES
    assert asked[-1].startswith("bytes=100000-")
    assert document["fetched"]["bytes"] == only(index, "bundle").stat().st_size


def test_a_login_page_in_place_of_everything(maintainer: Maintainer, machine: Machine) -> None:
    with hostile(html()) as server:
        install(machine, maintainer, server.url).expect(5)
    assert list(machine.project.iterdir()) == []


def test_a_dead_server(maintainer: Maintainer, machine: Machine) -> None:
    with hostile(serve(b"")) as server:
        url = server.url
    install(machine, maintainer, url).expect(6)
    assert list(machine.project.iterdir()) == []


def test_ctrl_c_in_the_middle_of_a_download(maintainer: Maintainer, machine: Machine, index: Path) -> None:
    with hostile(on_bundles(drip(index, 0.01), serve(index), times=100)) as server:
        process = machine.start(
            "install", "demo@1", "--index", server.url, "--root", maintainer.first_root, "--link-mode", "copy"
        )
        while not any(each.path.endswith(".bundle") for each in list(server.asked)):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        result = ended(process, 60).expect(130, "Interrupted")
    assert "Traceback" not in result.err
    assert not (machine.project / "zoo.lock").exists()
    assert not (machine.project / "zoo.toml").exists()
    assert not (machine.zoo / "demo").exists()
    machine.call("store", "verify").expect(0)
    assert list((machine.store / "pending").glob("*.journal")) == []
    install(machine, maintainer, index).expect(0)
    assert contents(machine.zoo / "demo") == FILES
