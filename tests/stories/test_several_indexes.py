"""Several indexes in one project: each namespace is served by exactly one, and no other is ever asked in its place."""

import hashlib
import shutil
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers import free_port, needs_nginx, nginx
from zoopkg_cli import Machine, Maintainer, contents, served

from zoopkg.index import ceremony, publisher
from zoopkg.index.roles import Dates, RoleKeys

SCAN = {"scan.dcm": b"the hospital's own"}
EVIL = {"scan.dcm": b"a stranger's"}
SHARED = {"shared.dcm": b"in both" * 99}
KINDS = ("manifest", "layout", "bundle")
NOW = datetime.now(UTC)


def claim(maintainer: Maintainer, namespace: str) -> None:
    """Give an index another namespace."""
    signers = RoleKeys((f"ns-{maintainer.namespace}",))
    ceremony.delegate(maintainer.index, namespace, signers, maintainer.keys, Dates(NOW))
    maintainer.publish()


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("hospital"), "hospital")
    maintainer.release("x", "1.0.0", SCAN)
    return maintainer


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    """An index with a namespace of its own, that would answer for the hospital's, too."""
    maintainer = Maintainer(tmp_path_factory.mktemp("lab"), "lab")
    maintainer.release("derived", "1.0.0", {"seg.dcm": b"seg"}, requires=["hospital/x@^1"])
    maintainer.release("plain", "1.0.0", {"plain.dcm": b"plain"})
    claim(maintainer, "hospital")
    maintainer.release("hospital/x", "1.9.0", EVIL)
    maintainer.release("hospital/y", "1.0.0", EVIL)
    return maintainer


class Project(Machine):
    """A machine with a project of three indexes, of which two lie in copies of its own to damage."""

    def __init__(self, root: Path, hospital: Maintainer, lab: Maintainer, *, pyproject: bool = False) -> None:
        super().__init__(root)
        self.copies = {name: served(each.index, root / name) for name, each in (("hospital", hospital), ("lab", lab))}
        self.file = self.project / ("pyproject.toml" if pyproject else "zoo.toml")
        prefix = "tool.zoopkg." if pyproject else ""
        tables = [f"[{prefix}packs]\n"]
        for name, folder in self.copies.items():
            shutil.copy(folder / "1.root.json", self.project / f"{name}-root.json")
            sha256 = hashlib.sha256((folder / "1.root.json").read_bytes()).hexdigest()
            tables.append(
                f'[{prefix}indexes.{name}]\nurl = "../{name}"\nnamespaces = ["{name}"]\nroot-sha256 = "{sha256}"\n'
            )
        self.file.write_text("\n".join(tables))

    def pins(self) -> dict[str, tuple[str, str]]:
        """Version and index of every locked pack."""
        lock = tomllib.loads((self.project / "zoo.lock").read_text())
        return {pack["name"]: (pack["version"], pack["index"]) for pack in lock["pack"]}


BOTH_FILES = pytest.mark.parametrize("project", [False, True], ids=["zoo.toml", "pyproject.toml"], indirect=True)


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path, hospital: Maintainer, lab: Maintainer) -> Project:
    return Project(tmp_path / "project", hospital, lab, pyproject=getattr(request, "param", False))


@BOTH_FILES
def test_each_pack_comes_from_the_index_that_its_namespace_belongs_to(project: Project) -> None:
    project.call("install", "hospital/x", "lab/plain@1", "dicomdir@1").expect(0)
    pins = project.pins()
    assert pins["hospital/x"] == ("1.0.0", "hospital")
    assert pins["lab/plain"] == ("1.0.0", "lab")
    assert pins["zoo/dicomdir"][1] == "zoo"
    assert contents(project.zoo / "@hospital" / "x") == SCAN
    project.call("update").expect(0)
    assert project.pins() == pins
    found = project.call("search", "", "--json").expect(0).document
    assert [each["name"] for each in found["packs"] if each["name"].startswith("hospital/")] == ["hospital/x"]


def test_what_a_pack_of_another_index_requires_comes_from_where_it_belongs(project: Project) -> None:
    project.call("install", "lab/derived@1").expect(0)
    assert project.pins() == {"hospital/x": ("1.0.0", "hospital"), "lab/derived": ("1.0.0", "lab")}
    assert contents(project.zoo / "@hospital" / "x") == SCAN


def test_a_pack_that_its_own_index_lacks_comes_from_nowhere(project: Project) -> None:
    before = contents(project.project)
    told = ("'hospital', which the namespace hospital belongs to here, has no pack hospital/y",)
    project.call("install", "hospital/y").expect(4, *told)
    project.call("install", "hospital/y@1").expect(4, *told)
    project.call("info", "hospital/x@1.9.0").expect(4)
    assert contents(project.project) == before


def gone(project: Project, _: Maintainer) -> None:
    shutil.rmtree(project.copies["hospital"])


def down(project: Project, _: Maintainer) -> None:
    text = project.file.read_text()
    project.file.write_text(text.replace("../hospital", f"http://127.0.0.1:{free_port()}/"))


def expired(project: Project, hospital: Maintainer) -> None:
    publisher.refresh(project.copies["hospital"], hospital.keys, Dates(NOW - timedelta(days=20)))


def rolled_back(project: Project, hospital: Maintainer) -> None:
    folder = project.copies["hospital"]
    publisher.refresh(folder, hospital.keys, Dates(NOW))
    project.call("info", "hospital/x").expect(0)
    shutil.rmtree(folder)
    served(hospital.index, folder)


@pytest.mark.parametrize(("fault", "code"), [(gone, 2), (down, 6), (expired, 5), (rolled_back, 5)])
def test_an_index_that_does_not_answer_is_an_error_and_no_reason_to_ask_another(
    tmp_path: Path,
    hospital: Maintainer,
    lab: Maintainer,
    fault: Callable[[Project, Maintainer], None],
    code: int,
) -> None:
    project = Project(tmp_path / "project", hospital, lab)
    fault(project, hospital)
    before = contents(project.project)
    for spec in ("hospital/x@1", "lab/derived@1"):
        project.call("install", spec).expect(code, "'hospital'")
    assert contents(project.project) == before
    assert not project.zoo.exists()
    project.call("install", "lab/plain@1").expect(0)  # which needs nothing of it


@BOTH_FILES
def test_two_claims_of_one_namespace(project: Project) -> None:
    text = project.file.read_text()
    project.file.write_text(text.replace('namespaces = ["lab"]', 'namespaces = ["lab", "hospital"]'))
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "indexes.lab]" in each)
    told = f"{project.file.name} (line {line}): the indexes hospital and lab both claim the namespace hospital"
    for command in ("install hospital/x", "install", "lock", "search x"):
        project.call(*command.split()).expect(2, told)


@BOTH_FILES
def test_a_changed_root_file_is_refused(project: Project, lab: Maintainer) -> None:
    project.call("install", "hospital/x@1").expect(0)
    lock = project.project / "zoo.lock"
    lock.unlink()
    shutil.copy(lab.first_root, project.project / "hospital-root.json")
    project.call("install").expect(5, "the root of the index 'hospital'", "hospital-root.json")
    assert not lock.exists()


@BOTH_FILES
def test_a_namespace_that_moved_to_another_index_is_locked_anew(project: Project) -> None:
    project.call("install", "hospital/x@1").expect(0)
    before = (project.project / "zoo.lock").read_bytes()
    text = project.file.read_text().replace('namespaces = ["hospital"]', "namespaces = []")
    project.file.write_text(text.replace('namespaces = ["lab"]', 'namespaces = ["lab", "hospital"]'))
    project.call("lock", "--check").expect(3, "zoo.lock does not match")
    project.call("install", "--locked").expect(3)
    project.call("install", "--frozen").expect(0)
    assert (project.project / "zoo.lock").read_bytes() == before
    project.call("install").expect(0, "Updated hospital/x 1.0.0 -> 1.9.0")
    assert project.pins() == {"hospital/x": ("1.9.0", "lab")}


def test_a_lock_that_names_another_index_for_a_pack_does_not_serve(project: Project) -> None:
    project.call("install", "hospital/x@1").expect(0)
    lock = project.project / "zoo.lock"
    before = lock.read_text()
    lock.write_text(before.replace('index = "hospital"', 'index = "lab"'))
    project.call("install", "--locked").expect(3)
    project.call("install").expect(0)
    assert lock.read_text() == before
    lock.write_text(before.replace('index = "hospital"', 'index = "elsewhere"'))
    project.call("install").expect(0)
    assert lock.read_text() == before


@pytest.mark.parametrize("pyproject", [False, True])
def test_an_index_of_the_command_line_is_written_down_and_asked_again(
    tmp_path: Path, hospital: Maintainer, *, pyproject: bool
) -> None:
    machine = Machine(tmp_path / "machine")
    index = served(hospital.index, tmp_path / "mri")
    file = machine.project / ("pyproject.toml" if pyproject else "zoo.toml")
    file.write_text("[tool.zoopkg]\n" if pyproject else "")
    machine.call("install", "hospital/x", "--index", "../../mri").expect(0)
    table = tomllib.loads(file.read_text())
    table = table["tool"]["zoopkg"] if pyproject else table
    sha256 = hashlib.sha256((index / "1.root.json").read_bytes()).hexdigest()
    assert table["indexes"] == {"mri": {"url": "../../mri", "namespaces": ["hospital"], "root-sha256": sha256}}
    assert table["packs"] == {"hospital/x": "^1.0.0"}
    assert (machine.project / "mri-root.json").read_bytes() == (index / "1.root.json").read_bytes()
    (machine.project / "zoo.lock").unlink()
    machine.call("install").expect(0)
    assert 'index = "mri"' in (machine.project / "zoo.lock").read_text()
    shutil.rmtree(index)
    (machine.project / "zoo.lock").unlink()
    machine.call("install").expect(2, "the index 'mri'")


def test_an_index_that_claims_more_later_does_not_get_it(tmp_path: Path) -> None:
    grown = Maintainer(tmp_path / "grown", "imaging")
    grown.release("a", "1.0.0", SCAN)
    machine = Machine(tmp_path / "machine")
    machine.call("install", "imaging/a", "--index", grown.index).expect(0)
    file = machine.project / "zoo.toml"
    before = file.read_text()
    for namespace in ("zoo", "more"):
        claim(grown, namespace)
        grown.release(f"{namespace}/dicomdir", "1.9.0", EVIL)
    machine.call("install", "dicomdir", "--index", grown.index).expect(0, "Added dicomdir ^1.0.0")
    assert 'name = "zoo/dicomdir"\nversion = "1.0.0"\nindex = "zoo"' in (machine.project / "zoo.lock").read_text()
    told = "(the index 'idx' serves that namespace now: add it to its namespaces if it may)"
    machine.call("install", "more/dicomdir", "--index", grown.index).expect(4, "'zoo'", told)
    assert tomllib.loads(file.read_text())["indexes"] == tomllib.loads(before)["indexes"]
    file.write_text(file.read_text().replace('["imaging"]', '["imaging", "more"]'))
    machine.call("install", "more/dicomdir").expect(0)


@needs_nginx
def test_no_mirror_hears_of_what_another_index_serves(tmp_path: Path) -> None:
    private, public = Maintainer(tmp_path / "private", "hospital"), Maintainer(tmp_path / "public", "open")
    private.release("x", "1.0.0", {**SCAN, **SHARED})
    public.release("y", "1.0.0", {"y.dcm": b"open to all", **SHARED})
    logs = {name: tmp_path / f"{name}.log" for name in ("private", "public", "own")}
    (tmp_path / "nothing").mkdir()
    machine = Machine(tmp_path / "machine")
    with (
        nginx(private.index, logs["private"]) as one,
        nginx(public.index, logs["public"]) as two,
        nginx(tmp_path / "nothing", logs["own"]) as own,
    ):
        machine.call("add", "hospital/x@1", "--index", one, "--root", private.first_root).expect(0)
        machine.call("add", "open/y@1", "--index", two, "--root", public.first_root).expect(0)
        for log in logs.values():
            log.write_text("")
        for folder in (machine.zoo, machine.store):
            shutil.rmtree(folder)
        machine.call("install", "--frozen", "--mirror", own).expect(0)
        machine.call("verify").expect(0)
    asked = {name: log.read_text() for name, log in logs.items()}
    blobs = {path.name for each in (private, public) for kind in KINDS for path in each.blobs(kind)}
    assert {blob for blob in blobs if blob in asked["public"]} <= {path.name for path in public.index.iterdir()}
    assert {blob for blob in blobs if blob in asked["private"]} <= {path.name for path in private.index.iterdir()}
    assert {blob for blob in blobs if blob in asked["own"]} >= {path.name for path in private.blobs("manifest")}
    assert contents(machine.zoo / "@hospital" / "x") == {**SCAN, **SHARED}
