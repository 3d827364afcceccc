"""pydicom's look for test data: what a project has installed, and nothing else, whatever is amiss."""

import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file, get_testdata_files
from unshared import WITHOUT_NETWORK, needs_unshare
from zoopkg_cli import Machine, Maintainer

from zoopkg.index import releases
from zoopkg.index.roles import Dates
from zoopkg.integrations.pydicom_data import Installed
from zoopkg.model.digest import Digest
from zoopkg.model.record import Revocations


@pytest.fixture
def machine(warm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A project that has the pack `broken` installed; the working directory is a folder of it."""
    machine = Machine(tmp_path, store=warm)
    machine.call("install", "broken@1").expect(0)
    (machine.project / "tests").mkdir()
    monkeypatch.chdir(machine.project / "tests")
    monkeypatch.setenv("ZOOPKG_STORE", str(warm))
    return machine


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    "name", ["good-rle.dcm", "base/good-rle.dcm", "broken:base/good-rle.dcm", "zoo/broken@1:base/good-rle.dcm"]
)
def test_pydicom_finds_what_is_installed(name: str) -> None:
    found = get_testdata_file(name, download=False)
    assert pydicom.dcmread(found).file_meta.TransferSyntaxUID == pydicom.uid.RLELossless
    assert get_testdata_file(name, read=True, download=False).Rows


@pytest.mark.usefixtures("machine")
def test_bytes_are_those_of_the_file(machine: Machine) -> None:
    found = Path(get_testdata_file("too-short.dcm", download=False))
    assert found.read_bytes() == (machine.zoo / "broken/pixel/too-short.dcm").read_bytes()


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    "name",
    [
        "none.dcm",
        "ood-rle.dcm",
        "expected.json",
        "ct-basic:real/CT_small.dcm",
        "broken@2:base/good.dcm",
        "Broken:x",
        ":",
        "",
    ],
)
def test_other_names_are_a_value_error(name: str) -> None:
    with pytest.raises(ValueError, match=r"zoopkg|installed"):
        Installed().get_path(name)


@pytest.mark.usefixtures("machine")
def test_globs_list_only_what_has_no_defects(machine: Machine) -> None:
    source = Installed()
    sound = sorted((machine.zoo / "broken/base").glob("*.dcm"))
    contents = {Path(found).read_bytes() for found in source.get_paths("**/*")}
    assert contents == {path.read_bytes() for path in sound}
    assert set(source.get_paths("base/*")) == set(source.get_paths("good*")) == set(source.get_paths("**/good*.dcm"))
    assert len(source.get_paths("good-r*")) == 1
    assert source.get_paths("too-short*") == []
    assert set(source.get_paths("good-r*")) <= set(get_testdata_files("good-r*"))


@pytest.mark.usefixtures("machine")
def test_other_kinds_of_data_are_not_ours() -> None:
    source = Installed()
    for kind in (1, 2, 3, 4):
        assert source.get_paths("**/*", kind) == []
        with pytest.raises(ValueError, match="good"):
            source.get_path("good.dcm", kind)


def test_the_lock_is_read_again(machine: Machine) -> None:
    source = Installed()
    assert source.get_path("good.dcm") == source.get_path("broken:base/good.dcm")
    machine.call("remove", "broken").expect(0)
    with pytest.raises(ValueError, match="good"):
        source.get_path("good.dcm")


def test_what_the_store_lacks_is_not_found(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOOPKG_STORE", str(tmp_path / "none"))
    assert Installed().get_paths("**/*") == []
    assert not (tmp_path / "none").exists()
    other = Machine(tmp_path / "other")
    other.call("list").expect(0)
    monkeypatch.setenv("ZOOPKG_STORE", str(other.store))
    assert Installed().get_paths("**/*") == []


@pytest.mark.parametrize("lock", [b"", b"version = 99\n", b"\xff\xfe", b"<<<<<<< ours\n"])
def test_a_damaged_lock_breaks_nothing(machine: Machine, lock: bytes) -> None:
    (machine.project / "zoo.lock").write_bytes(lock)
    assert Installed().get_paths("**/*") == []
    with pytest.raises(ValueError, match="good"):
        Installed().get_path("good.dcm")
    assert get_testdata_file("good.dcm", download=False) is None


def test_the_variable_says_where_the_project_is(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Installed().get_paths("good.dcm") == []
    monkeypatch.setenv("ZOOPKG_DIRECTORY", str(machine.project))
    assert len(Installed().get_paths("good.dcm")) == 1


def test_a_bad_setting_breaks_nothing(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOPKG_JOBS", "many")
    assert Installed().get_paths("**/*") == []
    assert get_testdata_file("good.dcm", download=False) is None


def test_withdrawn_data_is_not_found(memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maintainer = Maintainer(memory / "withdrawing")
    source = Path(get_testdata_file("MR_small.dcm")).read_bytes()
    maintainer.release("leak", "1.0.0", {"unheard-of.dcm": source})
    maintainer.release("other", "1.0.0", {"other.dcm": source[:-2] + b"xx"})
    machine = Machine(tmp_path / "user")
    machine.call("install", "leak@1", "--index", maintainer.index).expect(0)
    monkeypatch.chdir(machine.project)
    monkeypatch.setenv("ZOOPKG_STORE", str(machine.store))
    assert Path(Installed().get_path("unheard-of.dcm")).read_bytes() == source
    withdrawn = Revocations({}, {Digest.of(source): "a name"})
    releases.revoke(maintainer.index, "zoo", withdrawn, Dates(datetime.now(UTC)))
    maintainer.publish()
    machine.call("install", "other@1", "--index", maintainer.index).expect(8, "leak 1.0.0 was withdrawn")
    with pytest.raises(ValueError, match="unheard"):
        Installed().get_path("unheard-of.dcm")


def test_without_a_project_nothing_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pydicom.data import get_testdata_file; get_testdata_file('nowhere.dcm', download=False);"
        "print(sorted(m for m in sys.modules if m.startswith('zoopkg')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "['zoopkg', 'zoopkg.integrations', 'zoopkg.integrations.pydicom_data']\n"


@needs_unshare
@pytest.mark.usefixtures("machine")
def test_it_needs_no_network() -> None:
    code = "from pydicom.data import get_testdata_file as get; print(get('good.dcm'))"
    command = [*WITHOUT_NETWORK, sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert Path(done.stdout.strip()).is_file()


def test_the_entry_points_are_there() -> None:
    sources = entry_points(group="pydicom.data.external_sources", name="zoopkg")
    assert [each.load() for each in sources] == [Installed]
