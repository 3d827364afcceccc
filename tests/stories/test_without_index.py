"""A lock and a store are enough: frozen and offline, with the index gone, and what is said where they are not."""

import shutil
from pathlib import Path

import pytest
from servers import needs_nginx, nginx
from unshared import WITHOUT_NETWORK, needs_unshare
from zoopkg_cli import Machine, Maintainer, contents, released, served

ONE = {"a.dcm": b"a" * 1000, "sub/b.dcm": b"b" * 2000}
TWO = {"c.dcm": b"c" * 10}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"one@1.0.0": ONE, "two@1.0.0": TWO})


def project(root: Path, index: object, *more: object) -> Machine:
    """A machine that installed both packs, one of them filtered, and lost its data folder since."""
    machine = Machine(root)
    machine.call("install", "two@1", "--index", index, *more).expect(0)
    machine.call("install", "one@1", "--where", "path=a.dcm").expect(0)
    shutil.rmtree(machine.zoo)
    return machine


@pytest.fixture
def by_folder(tmp_path: Path, maintainer: Maintainer) -> Machine:
    """The index was a folder, and is gone."""
    index = served(maintainer.index, tmp_path / "idx")
    machine = project(tmp_path / "machine", index)
    shutil.rmtree(index)
    return machine


@pytest.fixture
def by_url(tmp_path: Path, maintainer: Maintainer) -> Machine:
    """The index was on a server, which is down."""
    with nginx(maintainer.index) as url:
        return project(tmp_path / "machine", url, "--root", maintainer.first_root)


GONE = pytest.mark.parametrize("kind", ["by_folder", pytest.param("by_url", marks=needs_nginx)])


@GONE
def test_a_warm_store_needs_no_index(kind: str, request: pytest.FixtureRequest) -> None:
    machine: Machine = request.getfixturevalue(kind)
    for flags in (("--frozen", "--offline"), ("--offline",), ("--frozen",), ("--locked",), ()):
        machine.call("install", *flags).expect(0, "nothing fetched")
        assert contents(machine.zoo) == {"one/a.dcm": ONE["a.dcm"], "two/c.dcm": TWO["c.dcm"]}
        machine.call("verify", "--offline").expect(0)
        shutil.rmtree(machine.zoo)
    machine.call("lock", "--check").expect(0)
    machine.call("list").expect(0)
    machine.run("cat", "two:c.dcm", "--offline").expect(0)


@GONE
def test_an_empty_store_says_what_is_missing_and_what_to_do(kind: str, request: pytest.FixtureRequest) -> None:
    machine: Machine = request.getfixturevalue(kind)
    shutil.rmtree(machine.store)
    before = contents(machine.project)
    for flags in (("--frozen", "--offline"), ("--offline",)):
        result = machine.call("install", *flags).expect(7, "2 of the instances of one 1.0.0", "1 of the", "two 1.0.0")
        assert "without --offline" in result.err
        assert contents(machine.project) == before
    assert not machine.zoo.exists()


@GONE
def test_half_a_store_says_how_much_is_missing(kind: str, request: pytest.FixtureRequest) -> None:
    machine: Machine = request.getfixturevalue(kind)
    for path in (machine.store / "objects").glob("??/*"):
        if path.stat().st_size == len(ONE["a.dcm"]):
            path.unlink()
    told = machine.call("install", "--frozen", "--offline").expect(7, "the store lacks 1 of the instances of one 1.0.0")
    assert "two 1.0.0" not in told.err


@GONE
def test_any_mirror_serves_a_lock(kind: str, request: pytest.FixtureRequest, maintainer: Maintainer) -> None:
    machine: Machine = request.getfixturevalue(kind)
    shutil.rmtree(machine.store)
    machine.call("install", "--frozen", "--offline", "--mirror", maintainer.index).expect(0)
    assert contents(machine.zoo) == {"one/a.dcm": ONE["a.dcm"], "two/c.dcm": TWO["c.dcm"]}


def test_a_lock_that_does_not_match_is_told_without_the_index(by_folder: Machine) -> None:
    file = by_folder.project / "zoo.toml"
    before = file.read_text()
    for changed in (
        before.replace('"^1"', '"^2"'),
        before.replace("a.dcm", "b.dcm"),
        before + '\n[packs.x]\nversion="1"',
    ):
        file.write_text(changed)
        for command in (("install", "--locked"), ("lock", "--check"), ("install", "--locked", "--offline")):
            by_folder.call(*command).expect(3, "zoo.lock does not match zoo.toml")
        by_folder.call("install", "--frozen").expect(0)


@needs_unshare
@needs_nginx
def test_checking_a_lock_needs_no_network(by_url: Machine) -> None:
    by_url.run("lock", "--check", before=WITHOUT_NETWORK).expect(0, "up to date")
    by_url.run("install", "--frozen", before=WITHOUT_NETWORK).expect(0)
    by_url.run("install", "--locked", before=WITHOUT_NETWORK).expect(0)
    text = (by_url.project / "zoo.toml").read_text()
    url = next(line for line in text.splitlines() if line.startswith("url")).split('"')[1]
    by_url.run("lock", "--check", before=WITHOUT_NETWORK, env={"ZOOPKG_INDEX": url}).expect(0, "up to date")
