"""What an exported file may make a machine believe of an index: what its keys signed, under a root named before."""

import hashlib
import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from carrying import inside
from exports import resealed, sections
from zoopkg_cli import Machine, Maintainer, contents, objects

from zoopkg.airgap.format import IndexFile
from zoopkg.airgap.mirror import ExportBody, ExportMirror
from zoopkg.airgap.reading import ExportFile
from zoopkg.airgap.writing import ExportWriter
from zoopkg.index import ceremony, publisher, releases
from zoopkg.index.client import IndexClient
from zoopkg.index.roles import Dates, RoleKeys
from zoopkg.index.starter import starter_folder
from zoopkg.install import context
from zoopkg.model.digest import Digest
from zoopkg.model.record import Revocations

FILES = {"a.dcm": b"a" * 1000, "b.dcm": b"b" * 200}
MORE = {**FILES, "c.dcm": b"c" * 30}
REASON = "a name is legible in the pixels"
URL = "https://lab.example/"
NOW = datetime.now(UTC)


class Lab(Maintainer):
    """An index of which the machine with the network has a copy of the day, and others only the address."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, "lab")
        self.release("demo", "1.0.0", FILES)
        self.online = Machine(root / "online")

    def export(self, name: str, *specs: str) -> Path:
        """What the machine with the network exports today."""
        file = self.root / f"{name}.zoopkg"
        self.online.call("export", *specs, "-o", file, "--index", self.index).expect(0)
        return file

    def machine(self, root: Path) -> Machine:
        """A machine in whose project this index has an address that nobody reaches."""
        machine = Machine(root)
        shutil.copy(self.first_root, machine.project / "lab-root.json")
        sha256 = hashlib.sha256(self.first_root.read_bytes()).hexdigest()
        table = f'[indexes.lab]\nurl = "{URL}"\nnamespaces = ["lab"]\nroot-sha256 = "{sha256}"\n'
        (machine.project / "zoo.toml").write_text(f"[packs]\n\n{table}")
        return machine

    def withdraw(self, data: bytes) -> None:
        """Withdraw an instance."""
        releases.revoke(self.index, "lab", Revocations({}, {Digest.of(data): REASON}), Dates(datetime.now(UTC)))
        self.publish()

    def rotate(self, key: str) -> None:
        """Give the timestamp a new key, which makes a new root."""
        self.call("index", "keygen", "--keys", self.keys, key).expect(0)
        ceremony.rotate(self.index, "timestamp", RoleKeys((key,)), self.keys, Dates(datetime.now(UTC)))
        self.publish()


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


def believed(machine: Machine) -> set[str]:
    """The indexes of which a machine trusts something."""
    return {path.parent.name for path in (machine.store / "index").glob("*/current")}


def test_no_trust_on_first_use(lab: Lab, tmp_path: Path) -> None:
    file = lab.export("today", "lab/demo@1")
    machine = Machine(tmp_path / "machine")
    told = machine.call("import", file).expect(0, "none that this machine trusts", "--root FILE")
    assert "Imported lab/demo 1.0.0" in told.err
    assert believed(machine) == set()
    assert {path.read_bytes() for path in objects(machine.store)} == set(FILES.values())
    index = ("--index", URL, "--root", lab.first_root)
    machine.call("install", "lab/demo", *index, "--offline").expect(7, "no copy of the index")
    machine.call("import", file, "--root", lab.first_root).expect(0)
    assert believed(machine) == {hashlib.sha256(lab.first_root.read_bytes()).hexdigest()}
    machine.call("install", "lab/demo", *index, "--offline").expect(0)
    assert contents(machine.zoo / "@lab" / "demo") == FILES
    machine.call("import", file, cwd=tmp_path).expect(0)  # known by now, wherever it is asked


@pytest.mark.parametrize("how", ["project", "--root", "--index and --root", "--index of a folder"])
def test_ways_to_name_a_root(lab: Lab, tmp_path: Path, how: str) -> None:
    file = lab.export("today", "lab/demo@1")
    machine = lab.machine(tmp_path / "machine") if how == "project" else Machine(tmp_path / "machine")
    flags: dict[str, list[object]] = {
        "project": [],
        "--root": ["--root", lab.first_root],
        "--index and --root": ["--index", URL, "--root", lab.first_root],
        "--index of a folder": ["--index", lab.index],
    }
    machine.call("import", file, *flags[how]).expect(0)
    assert len(believed(machine)) == 1


def test_what_names_no_root(lab: Lab, tmp_path: Path) -> None:
    file = lab.export("today", "lab/demo@1")
    machine = Machine(tmp_path / "machine")
    machine.call("import", file, "--root", tmp_path / "nowhere").expect(2, "there is no root file")
    machine.call("import", file, "--index", URL).expect(2, "needs a root")
    machine.call("import", file, "--index", "nobody").expect(2, "no index that is known")
    other = Maintainer(tmp_path / "other", "lab")
    machine.call("import", file, "--root", other.first_root).expect(0, "none that this machine trusts")
    assert believed(machine) == set()


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "ns-lab"])
def test_forged_metadata_is_refused_before_anything_is_taken_in(lab: Lab, tmp_path: Path, role: str) -> None:
    data = lab.export("today", "lab/demo@1").read_bytes()
    files = {each.name: body for each, body in sections(tmp_path / "copy", data) if isinstance(each, IndexFile)}
    (name,) = [name for name in files if name.removesuffix(".json").split(".")[-1] == role]
    signed = json.loads(files[name])["signatures"][0]["sig"]
    forged = tmp_path / "forged.zoopkg"
    forged.write_bytes(resealed(data, signed.encode(), signed[::-1].encode()))
    machine = lab.machine(tmp_path / "machine")
    machine.call("import", forged).expect(5)
    assert objects(machine.store) == []
    machine.call("install", "lab/demo", "--offline").expect(7)


def test_a_forged_document_is_left_out(lab: Lab, tmp_path: Path) -> None:
    data = lab.export("today", "lab/demo@1").read_bytes()
    forged = tmp_path / "forged.zoopkg"
    record = next(b for s, b in sections(tmp_path / "copy", data) if getattr(s, "targets", ()) == ("lab/demo.json",))
    forged.write_bytes(resealed(data, record, record.replace(b'"license":"MIT"', b'"license":"XXX"')))
    machine = lab.machine(tmp_path / "machine")
    machine.call("import", forged).expect(0)
    machine.call("install", "lab/demo", "--offline").expect(7, "is not on this machine")
    machine.call("import", lab.export("today", "lab/demo@1")).expect(0)
    machine.call("install", "lab/demo", "--offline").expect(0)


def test_what_is_not_signed_is_not_read(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names a file claims, or a namespace whose role is not aboard: reading and asking cost once."""
    ceremony.delegate(lab.index, "away", RoleKeys(("ns-lab",)), lab.keys, Dates(NOW))
    lab.publish()
    found = sections(tmp_path / "copy", lab.export("today", "lab/demo@1").read_bytes())
    many = tmp_path / "many.zoopkg"
    with many.open("wb") as out:
        writer = ExportWriter(out)
        writer.index("lab")
        aboard = [(each, data) for each, data in found if isinstance(each, IndexFile) and "away" not in each.name]
        for each, data in aboard:
            more = [f"lab/more-{n}.json" for n in range(99)] if "lab/demo.json" in each.targets else []
            writer.file(each.name, data, [*(name for name in each.targets if not name.startswith("away/")), *more])
        for kind in ("lab", "away"):
            writer.file(f"{kind}.unsigned", b"x", [f"{kind}/{n}.json" for n in range(99)])
        writer.file("99.root.json", lab.first_root.read_bytes())
        writer.end()
    read: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    whole, opened = ExportFile.read, ExportMirror.open

    def reading(self: ExportFile, section: IndexFile) -> bytes:
        read[section.name] += 1
        return whole(self, section)

    def opening(self: ExportMirror, url: str, **how: Any) -> ExportBody:
        asked[url.rpartition("/")[2]] += 1
        return opened(self, url, **how)

    monkeypatch.setattr(ExportFile, "read", reading)
    monkeypatch.setattr(ExportMirror, "open", opening)
    machine = lab.machine(tmp_path / "machine")
    machine.call("import", many).expect(0)
    (record,) = [each.name for each, _ in aboard if "lab/demo.json" in each.targets]
    assert read[record] == 1
    assert not [name for name in read if name.endswith(".unsigned")]
    assert asked["timestamp.json"] < 6


def test_an_older_file_takes_nothing_back(lab: Lab, tmp_path: Path) -> None:
    old = lab.export("old", "lab/demo@=1.0.0")
    lab.release("demo", "1.1.0", MORE)
    lab.withdraw(FILES["b.dcm"])
    lab.release("other", "1.0.0", {"x": b"x"})
    new = lab.export("new", "lab/other@1")
    machine = lab.machine(tmp_path / "machine")
    machine.call("import", new).expect(0)
    machine.call("import", old, "--json").expect(0, "older than what this machine trusts of it already, which stays")
    machine.call("install", "lab/demo@1", "--offline").expect(7)  # the record that is in force is in neither file
    machine.call("install", "lab/other", "--offline").expect(0)


def test_an_older_file_brings_what_is_still_signed(lab: Lab, tmp_path: Path) -> None:
    old = lab.export("old", "lab/demo@1")
    lab.release("other", "1.0.0", {"x": b"x"})
    new = lab.export("new", "lab/other@1")
    machine = lab.machine(tmp_path / "machine")
    machine.call("import", new).expect(0)
    machine.call("install", "lab/demo@1", "--offline").expect(7)
    machine.call("import", old).expect(0, "older")
    machine.call("install", "lab/demo@1", "lab/other", "--offline").expect(0)


def test_a_rotated_key_and_root_reach_who_was_away(lab: Lab, tmp_path: Path) -> None:
    machine = lab.machine(tmp_path / "machine")
    machine.call("import", lab.export("first", "lab/demo@1")).expect(0)
    for key in ("timestamp-2", "timestamp-3"):
        lab.rotate(key)
    lab.release("demo", "1.1.0", MORE)
    machine.call("import", lab.export("later", "lab/demo@1")).expect(0)
    machine.call("install", "lab/demo@1.1", "--offline").expect(0)
    assert contents(machine.zoo / "@lab" / "demo") == MORE


def test_withdrawn_packs_are_not_exported(lab: Lab) -> None:
    lab.export("before", "lab/demo@1")
    lab.withdraw(FILES["b.dcm"])
    file = lab.root / "after.zoopkg"
    lab.online.call("export", "lab/demo@1", "-o", file, "--index", lab.index).expect(8, "was withdrawn", REASON)
    assert not file.exists()
    assert not [path for path in lab.root.iterdir() if path.name.startswith(".")]


def test_what_was_withdrawn_is_known_behind_the_gap(lab: Lab, tmp_path: Path) -> None:
    first = lab.export("first", "lab/demo@1")
    machine = lab.machine(tmp_path / "machine")
    machine.call("import", first).expect(0)
    machine.call("install", "lab/demo@1", "--offline").expect(0)
    lab.withdraw(FILES["b.dcm"])
    lab.release("other", "1.0.0", {"x": b"x"})
    machine.call("import", lab.export("second", "lab/other@1")).expect(0)
    shutil.rmtree(machine.zoo)
    for flags in (("--frozen", "--offline"), ("--offline",)):
        machine.call("install", *flags).expect(8, "lab/demo 1.0.0 was withdrawn", REASON)
    machine.call("import", first).expect(0, "lab/demo 1.0.0, which", "was withdrawn", REASON)


def at(monkeypatch: pytest.MonkeyPatch, when: datetime) -> None:
    """Set this process's clock, as far as zoopkg asks it."""
    monkeypatch.setattr(context, "now", lambda: when)


def test_years_later(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.release("other", "1.0.0", {"x": b"x"})
    lab.withdraw(b"x")
    first = lab.machine(lab.root / "first")
    file = lab.export("archive", "lab/demo@1")
    first.call("import", file).expect(0)
    first.call("install", "lab/demo@1", "--offline").expect(0)
    shutil.rmtree(lab.index)
    at(monkeypatch, NOW + timedelta(days=3650))
    machine = inside(tmp_path / "machine", first)
    told = machine.call("import", file, "--json").expect(0, "is stale", "its timestamp expired on", "--allow-stale")
    (index,) = told.document["indexes"]
    assert index["trusted"]
    assert index["expired"].keys() == {"root", "timestamp", "snapshot", "targets", "ns-lab"}
    machine.call("install", "--frozen", "--offline").expect(0, "nothing fetched")
    assert contents(machine.zoo / "@lab" / "demo") == FILES
    machine.call("verify", "--offline").expect(0)
    shutil.rmtree(machine.zoo)
    machine.call("install", "--offline").expect(0)  # the lock serves, so no index is asked
    machine.call("install", "lab/other", "--offline").expect(5, "expired on")  # choosing is another matter
    machine.call("install", "lab/demo", "--offline", "--allow-stale", "5000").expect(0)
    (known,) = (machine.store / "index").glob("*/revoked-lab.json")
    assert Digest.of(b"x").hex in known.read_text()


def test_an_expired_index_is_exported_if_that_is_accepted(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = lab.export("fresh", "lab/demo@1")
    at(monkeypatch, NOW + timedelta(days=20))
    file = tmp_path / "stale.zoopkg"
    command = ("export", "lab/demo@1", "-o", file, "--index", lab.index)
    lab.online.call(*command).expect(5, "expired on", "--allow-stale")
    assert not file.exists()
    lab.online.call(*command, "--allow-stale", "30").expect(0, "is stale")
    assert file.read_bytes() == fresh.read_bytes()


def test_a_state_of_any_age_is_verified_at_each_use(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old file makes nobody believe for long: the next state that comes is the one that counts."""
    file = lab.export("old", "lab/demo@1")
    publisher.refresh(lab.index, lab.keys, Dates(NOW + timedelta(days=100)))
    later = lab.export("later", "lab/demo@1")
    at(monkeypatch, NOW + timedelta(days=101))
    machine = lab.machine(tmp_path / "machine")
    machine.call("import", file).expect(0, "is stale")
    machine.call("install", "lab/demo@1", "--offline").expect(5, "expired")
    machine.call("import", later).expect(0)
    machine.call("install", "lab/demo@1", "--offline").expect(0)


def test_a_file_with_the_index_that_ships_is_left_aside(tmp_path: Path) -> None:
    """Its folder is asked at every use; a state from elsewhere would make it look like a rollback."""
    machine = Machine(tmp_path / "machine")
    machine.call("install", "dicomdir@1", "--offline").expect(0)
    file = tmp_path / "starter.zoopkg"
    with file.open("wb") as out:
        writer = ExportWriter(out)
        writer.index("zoo")
        for path in sorted(starter_folder().glob("*.json")):
            writer.file(path.name, path.read_bytes())
        writer.end()
    (state,) = (machine.store / "index").glob("*/current")
    before = state.read_bytes()
    machine.call("import", file).expect(0, "none that this machine trusts")
    assert state.read_bytes() == before


def test_who_trusts_a_later_root(lab: Lab, tmp_path: Path) -> None:
    """The file has every root from the one that its maker trusts; each of them may be where another's trust starts."""
    lab.rotate("timestamp-2")
    second = lab.index / "2.root.json"
    assert second.is_file()
    lab.rotate("timestamp-3")
    machine = Machine(tmp_path / "machine")
    machine.call("import", lab.export("today", "lab/demo@1"), "--root", second).expect(0)
    assert believed(machine) == {hashlib.sha256(second.read_bytes()).hexdigest()}
    machine.call("install", "lab/demo@1", "--offline", "--index", URL, "--root", second).expect(0)


def test_documents_are_asked_for_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    document = IndexClient.document

    def asking(self: IndexClient, path: str) -> bytes | None:
        asked.append(path)
        return document(self, path)

    monkeypatch.setattr(IndexClient, "document", asking)
    lab.export("today", "lab/demo@1")
    assert sorted(asked) == ["lab/_catalog.json", "lab/_revoked.json", "lab/demo.json", "mirrors.json"]


def test_every_namespace_that_can_be_had_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client asks an index for its default namespace whatever it wants; one that was neglected stops no other."""
    lab = Maintainer(tmp_path / "lab", "zoo")
    for namespace, days in (("neglected", 20), ("lab", 300)):
        dates = Dates(NOW, days=days)
        ceremony.delegate(lab.index, namespace, RoleKeys(("ns-zoo",)), lab.keys, dates)
        lab.publish()
    lab.release("lab/demo", "1.0.0", FILES)
    at(monkeypatch, NOW + timedelta(days=21))
    publisher.refresh(lab.index, lab.keys, Dates(NOW + timedelta(days=21)))
    online, machine = Machine(tmp_path / "online"), Machine(tmp_path / "machine")
    file = tmp_path / "x"
    online.call("export", "lab/demo@1", "-o", file, "--index", lab.index).expect(0)
    aboard = [each for each, _ in sections(tmp_path / "copy", file.read_bytes()) if isinstance(each, IndexFile)]
    targets = {target for each in aboard for target in each.targets}
    assert max(len(each.targets) for each in aboard) == 2  # nothing was withdrawn in either, so these are alike
    assert {"zoo/_revoked.json", "lab/_revoked.json"} <= targets
    assert "neglected/_revoked.json" not in targets
    machine.call("import", file, "--root", lab.first_root).expect(0)
    machine.call("install", "lab/demo@1", "--offline", "--index", URL, "--root", lab.first_root).expect(0)
    assert contents(machine.zoo / "@lab" / "demo") == FILES
