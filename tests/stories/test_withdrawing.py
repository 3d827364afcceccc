"""The maintainer's side of a withdrawal, from the plan to the last byte, and what neighbours and old locks keep."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard
from servers import needs_nginx, nginx
from zoopkg_cli import Machine, Maintainer, contents, installed, objects, served

from zoopkg.index import releases
from zoopkg.index.roles import Dates
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version

SECRET = b"PatientName: somebody " * 40
SHARED = {"a": b"a" * 1000, "b": b"b" * 200}
DEMO = {**SHARED, "secret.txt": SECRET}
SIBLING = {"copies/of-it": SECRET, "own": b"own" * 99, "b": b"b" * 200}
NEIGHBOUR = {"a": b"a" * 1000, "b": b"b" * 200}
REASON = "a name is legible"
WHY = ("--reason", REASON)


class Index(Maintainer):
    def withdraw(self, *targets: object, code: int = 0, reason: str = REASON) -> str:
        result = self.call("index", "withdraw", self.index, *targets, "--reason", reason, "--keys", self.keys)
        return result.expect(code).err

    def prune(self) -> None:
        self.call("index", "prune", self.index, "--yes").expect(0)

    def audit(self) -> list[str]:
        result = self.call("index", "verify", self.index, "--json")
        assert result.code in (0, 5)
        return [f"{finding['what']}: {finding['why']}" for finding in result.document["findings"]]

    def lies_there(self, data: bytes) -> bool:
        """Whether some bytes are anywhere in the folder, as they are or within a frame."""
        return any(data in unfolded(path) for path in self.index.rglob("*") if path.is_file())


def unfolded(path: Path) -> bytes:
    """A file's bytes, and those of every zstd frame in it, by nothing but zstd."""
    stored = path.read_bytes()
    found, rest = [stored], stored
    while rest.startswith(b"\x28\xb5\x2f\xfd"):
        unpacker = zstandard.ZstdDecompressor().decompressobj()
        found.append(unpacker.decompress(rest))
        rest = unpacker.unused_data
    return b"\0".join(found)


def packs(root: Path) -> Index:
    """Four packs, three of which share a bundle, and two of which have the same secret file."""
    index = Index(root)
    for name, version, files in (
        ("demo", "1.0.0", DEMO),
        ("demo", "1.1.0", {**DEMO, "c": b"c"}),
        ("sibling", "1.0.0", SIBLING),
        ("neighbour", "1.0.0", NEIGHBOUR),
        ("apart", "1.0.0", {"x": b"x" * 50}),
    ):
        index.release(name, version, files)
    return index


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return packs(tmp_path_factory.mktemp("before"))


@pytest.fixture
def index(before: Index, tmp_path: Path) -> Index:
    copied = Index.__new__(Index)
    shutil.copytree(before.root, tmp_path / "maintainer")
    Machine.__init__(copied, tmp_path / "maintainer")
    copied.index, copied.keys, copied.namespace = copied.root / "idx", copied.root / "keys", "zoo"
    return copied


def test_the_whole_way_of_a_withdrawn_file(index: Index, tmp_path: Path) -> None:
    machine = installed(tmp_path / "machine", index, "neighbour@1")
    lock = (machine.project / "zoo.lock").read_bytes()
    assert index.lies_there(SECRET)

    told = index.withdraw("demo@1.0.0:secret.txt")
    for part in ("demo 1.0.0: secret.txt", "demo 1.1.0: secret.txt", "sibling 1.0.0: copies/of-it"):
        assert part in told
    assert "Passed over from now on: demo 1.0.0, demo 1.1.0, sibling 1.0.0\n" in told
    assert "layouts for demo 1.0.0, demo 1.1.0, neighbour 1.0.0, sibling 1.0.0" in told
    index.call("index", "prune", index.index, "--yes").expect(8, "is staged", "Publish it first")
    assert index.lies_there(SECRET)
    index.publish()
    assert any("holds something withdrawn" in finding for finding in index.audit())

    plan = index.call("index", "prune", index.index).expect(0).out
    assert "Nothing is deleted yet" in plan
    assert index.lies_there(SECRET)
    index.prune()
    assert not index.lies_there(SECRET)
    assert index.audit() == []
    assert "Nothing to delete" in index.call("index", "prune", index.index).expect(0).out
    assert "already" in index.withdraw("demo@1.0.0:secret.txt")

    shutil.rmtree(machine.zoo)
    shutil.rmtree(machine.store)
    machine.call("install", "--locked").expect(0, "asking the index where it lies today")
    assert contents(machine.zoo / "neighbour") == NEIGHBOUR
    assert (machine.project / "zoo.lock").read_bytes() == lock
    fresh = installed(tmp_path / "fresh", index, "neighbour@1", "apart@1")
    assert contents(fresh.zoo / "neighbour") == NEIGHBOUR


def test_a_release_with_a_withdrawn_file_serves_the_others_to_those_who_insist(index: Index, tmp_path: Path) -> None:
    index.withdraw("demo:secret.txt")
    index.publish()
    index.prune()
    machine = Machine(tmp_path / "machine")
    where = ("--index", index.index)
    machine.call("install", "demo@1", *where).expect(4, "an instance was withdrawn: a name is legible")
    machine.call("install", "demo@=1.1.0", *where).expect(8, "demo 1.1.0 was withdrawn", REASON)
    machine.call("install", "demo@=1.1.0", *where, "--allow-withdrawn").expect(6, "no layout tells")
    machine.call("install", "demo@=1.1.0", "--where", "path=[abc]", *where).expect(0, "was yanked")
    assert contents(machine.zoo / "demo") == {**SHARED, "c": b"c"}
    machine.call("cat", "demo:a").expect(8, REASON)


def test_a_version_without_it_is_a_small_step_and_the_way_out(index: Index, tmp_path: Path) -> None:
    machine = installed(tmp_path / "machine", index, "demo@1")
    index.withdraw("demo:secret.txt")
    index.publish()
    index.prune()
    index.release("demo", "1.1.1", {**SHARED, "c": b"c"})
    machine.call("update").expect(0, "demo 1.1.0 -> 1.1.1")
    assert contents(machine.zoo / "demo") == {**SHARED, "c": b"c"}
    assert index.audit() == []


@pytest.mark.parametrize("published", [False, True])
def test_nobody_brings_it_back(index: Index, published: bool) -> None:
    index.withdraw("sibling:copies/of-it")
    if published:
        index.publish()
        index.prune()
    index.call("pack", "init", index.project / "again", "--name", "again", "--license", "MIT").expect(0)
    (index.project / "again" / "renamed").write_bytes(SECRET)
    out = index.root / "again"
    build = ("pack", "build", "again", "-o", out, "--unreviewed")
    index.call(*build, "--index", index.index).expect(8, "renamed was withdrawn", REASON)
    index.call(*build, "--index", index.index, "--repack").expect(8, "renamed was withdrawn", REASON)
    index.call(*build).expect(0)
    index.call("index", "add", index.index, out, "--allow-unreviewed").expect(8, "of zoo/again was withdrawn", REASON)
    old = index.root / "out" / "demo-1.0.0"
    index.call("index", "add", index.index, old, "--allow-unreviewed").expect(8, "was withdrawn")


def test_a_release_withdrawn_as_a_whole(index: Index, tmp_path: Path) -> None:
    machine = installed(tmp_path / "machine", index, "sibling@1", "neighbour@1")
    told = index.withdraw("sibling@1.0.0", reason="no license")
    assert "sibling 1.0.0, as a whole: 3 instances" in told
    assert "Not withdrawn, since other releases have them: 2 contents of these" in told
    index.publish()
    index.prune()
    assert index.audit() == []
    assert not index.lies_there(SIBLING["own"])
    assert index.lies_there(SECRET)  # demo has it, and nobody said a word about that
    manifests = {path.name for path in index.blobs("manifest")}
    assert len(manifests) == 4

    new = Machine(tmp_path / "new")
    for name in ("zoo.toml", "zoo.lock", "idx-root.json"):
        shutil.copy(machine.project / name, new.project / name)
    new.call("install", "--locked").expect(8, "sibling 1.0.0 was withdrawn: no license")
    new.call("install").expect(8, "sibling 1.0.0 was withdrawn: no license")
    new.call("cat", "sibling:own").expect(8, "no license")
    where = ("--index", index.index)
    Machine(tmp_path / "filter").call("install", "sibling@=1.0.0", "--where", "path=own", *where).expect(
        8, "no license"
    )
    Machine(tmp_path / "any").call("install", "sibling@1", *where).expect(4, "withdrawn: no license")
    assert "1.0.0 (yanked)" in new.call("info", "sibling", *where).expect(0).out
    assert "already" in index.withdraw("sibling@1.0.0", reason="no license")


def test_old_layouts_tell_what_else_is_in_a_bundle(index: Index) -> None:
    """That of a withdrawn release is the only one that still knows of the secret in the neighbour's bundle."""
    for release in ("demo-1.1.0", "sibling-1.0.0"):
        folder, out = index.root / "packs" / release, index.root / "repacked" / release
        build = ("pack", "build", folder, "-o", out, "--unreviewed", "--index", index.index, "--repack")
        index.call(*build).expect(0)
        index.call("index", "add", index.index, out, "--keys", index.keys, "--allow-unreviewed").expect(0)
    index.withdraw("demo@1.0.0", reason="no license")
    index.publish()
    index.call("index", "prune", index.index, "--unreferenced", "--yes").expect(0)
    assert index.lies_there(SECRET)
    index.withdraw("demo@1.1.0:secret.txt")
    index.publish()
    index.prune()
    assert not index.lies_there(SECRET)
    assert index.audit() == []


def test_targets_that_mean_nothing_or_too_much(index: Index) -> None:
    index.release("demo", "2.0.0", {**DEMO, "secret.txt": b"blacked out"})
    for target, told in {
        "demo": "names neither a version nor a file",
        "demo@1": "'1' is not a version",
        "demo@3.0.0": "demo has no version 3.0.0",
        "nothing@1.0.0": "has no pack zoo/nothing",
        "other/demo@1.0.0": "has no pack other/demo",
        "demo@1.0.0:nowhere": "demo@1.0.0 has no file 'nowhere'",
        "demo:../x": "has a part that is",
        "demo:secret.txt": "has several contents",
        "b3:12": "is not a digest",
        f"b3:{'0' * 64}": "no release in the index has",
    }.items():
        index.call("index", "withdraw", index.index, target, *WHY).expect(2, told)
    withdraw = ("index", "withdraw", index.index, "demo@1.0.0")
    index.call(*withdraw, "--reason", "two\nlines").expect(2, "one line")
    index.call(*withdraw, "--reason", " ").expect(2, "one line")
    index.call(*withdraw).expect(2, "--reason")
    index.call(*withdraw, *WHY, "--namespace", "hospital").expect(2, "no namespace 'hospital'")
    assert index.call("index", "status", index.index, "--json").document["staged"] == []


def test_a_dry_run_tells_the_same_and_stages_nothing(index: Index) -> None:
    listed = sorted(path.name for path in index.index.iterdir())
    withdraw = ("index", "withdraw", index.index, str(Digest.of(SECRET)), *WHY)
    plan = index.call(*withdraw, "--dry-run", "--json").expect(0).document
    assert sorted(path.name for path in index.index.iterdir()) == listed
    done = index.call(*withdraw, "--json").expect(0).document
    assert {key: done[key] for key in plan} == plan
    assert {(each["name"], each["version"]) for each in plan["holders"]} == {
        ("zoo/demo", "1.0.0"),
        ("zoo/demo", "1.1.0"),
        ("zoo/sibling", "1.0.0"),
    }
    assert "zoo/_revoked.json" in done["staged"]


def test_a_digest_may_be_that_of_a_release(index: Index) -> None:
    release = index.call("info", "sibling", "--json", "--index", index.index).expect(0).document["release"]
    assert "sibling 1.0.0, as a whole" in index.withdraw(release["content"])


def test_what_is_bundled_anew_may_come_from_a_mirror(index: Index, tmp_path: Path) -> None:
    served(index.index, tmp_path / "mirror")
    for path in index.blobs("bundle"):
        path.unlink()
    withdraw = ("index", "withdraw", index.index, "demo:secret.txt", *WHY, "--keys", index.keys)
    index.call(*withdraw).expect(6, "no mirror had")
    assert index.call("index", "status", index.index, "--json").document["staged"] == []
    index.call(*withdraw, "--mirror", tmp_path / "mirror").expect(0)
    index.publish()
    for path in (tmp_path / "mirror").glob("*.bundle"):
        shutil.copy(path, index.index)
    index.prune()
    assert index.audit() == []
    assert not index.lies_there(SECRET)


def test_damaged_neighbours_are_not_signed(index: Index) -> None:
    for path in index.blobs("bundle"):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    index.withdraw("demo:secret.txt", code=5)
    assert index.call("index", "status", index.index, "--json").document["staged"] == []
    assert not (index.index / ".repacking").exists()


def test_the_auditor_looks_into_every_block(index: Index, tmp_path: Path) -> None:
    bundle = max(index.blobs("bundle"), key=lambda path: path.stat().st_size)
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.unlink()
    bundle.write_bytes(data)
    (index.index / "thesis.doc").write_text("mine")
    findings = index.audit()
    assert any("the block at 0" in finding for finding in findings)
    assert any("other bytes than its release states" in finding for finding in findings)
    index.call("index", "verify", index.index).expect(5, "note: thesis.doc: no file of an index")
    bundle.unlink()
    assert any(bundle.name in finding and "does not exist" in finding for finding in index.audit())


def test_the_auditor_tells_of_a_root_that_nobody_can_read(index: Index) -> None:
    (index.index / "9.root.json").write_bytes(b"x")
    findings = index.audit()
    assert any("2.root.json is missing" in finding for finding in findings)
    assert any("root metadata is missing or damaged" in finding for finding in findings)


@needs_nginx
def test_the_auditor_reads_a_mirror_as_well(index: Index, tmp_path: Path) -> None:
    mirror = served(index.index, tmp_path / "mirror")
    with nginx(mirror) as url:
        verify = ("index", "verify", url, "--root", index.first_root)
        index.call(*verify).expect(0)
        next(mirror.glob("*.bundle")).unlink()
        assert "is not" in index.call(*verify).expect(5).out or "404" in index.call(*verify).out


def test_yanked_from_a_lock_with_a_warning_and_resolves_no_more(index: Index, tmp_path: Path) -> None:
    machine = installed(tmp_path / "machine", index, "demo@1")
    now = Dates(datetime.now(UTC))
    releases.yank(index.index, PackName.parse("demo"), parse_version("1.1.0"), "wrong rows", now)
    index.publish()
    shutil.rmtree(machine.zoo)
    shutil.rmtree(machine.store)
    machine.call("install", "--locked").expect(0, "demo 1.1.0 was yanked: wrong rows")
    assert "yanked" not in machine.call("install").expect(0).err  # nothing fetched, so nobody was asked
    assert "wrong rows" in machine.call("outdated").out
    installed(tmp_path / "new", index, "demo@1").call("list").expect(0)
    assert "1.0.0" in Machine(tmp_path / "new").call("list").out


class TestStore:
    @pytest.fixture
    def machine(self, index: Index, tmp_path: Path) -> Machine:
        """A machine that has a withdrawn file, and knows that it was withdrawn."""
        machine = installed(tmp_path / "machine", index, "demo@1")
        index.withdraw("demo:secret.txt")
        index.publish()
        machine.call("install", "apart@1").expect(8, REASON)
        return machine

    def held(self, machine: Machine) -> set[bytes]:
        return {path.read_bytes() for path in objects(machine.store)}

    def test_every_look_says_so(self, machine: Machine) -> None:
        assert f"withdrawn: {REASON}" in machine.call("list").expect(0).out
        assert machine.call("list", "--json").document[0]["withdrawn"] == REASON
        assert f"1.1.0 (^1), withdrawn: {REASON}" in machine.call("info", "demo").expect(0).out
        verified = machine.call("verify", "--json").expect(0, f"demo 1.1.0 was withdrawn: {REASON}").document
        assert [pack["reason"] for pack in verified["withdrawn"]] == [REASON]

    def test_gc_removes_it_though_a_lock_pins_it(self, machine: Machine) -> None:
        gc = ("store", "gc", "--min-age", "0")
        plan = machine.call(*gc).expect(0).out
        assert "Of these, withdrawn, though projects here pin them: 1 instance" in plan
        assert f"Withdrawn data is in {machine.zoo}: its files" in plan
        assert SECRET in self.held(machine)
        done = machine.call(*gc, "--yes", "--json").expect(0).document
        assert done["withdrawn"]["instances"] == 1
        assert self.held(machine) == {*SHARED.values(), b"c"}
        assert (machine.zoo / "demo" / "secret.txt").read_bytes() == SECRET  # the project's own
        machine.call("verify").expect(0)

    def test_links_that_will_lead_nowhere_are_told(self, index: Index, tmp_path: Path) -> None:
        machine = installed(tmp_path / "linked", index, "demo@1", "--link-mode", "symlink")
        index.withdraw("demo@1.1.0", reason="no license")
        index.publish()
        machine.call("install", "apart@1").expect(8)
        told = machine.call("store", "gc", "--min-age", "0", "--yes").expect(0).out
        assert f"{machine.zoo}: symbolic links to it, which lead nowhere" in told
        assert self.held(machine) == set()

    def test_another_index_cannot_have_it_removed(self, machine: Machine, tmp_path: Path) -> None:
        other = Index(tmp_path / "other", "hospital")
        other.release("mine", "1.0.0", {"z": SHARED["a"], "y": b"y"})
        machine.call("install", "hospital/mine", "--index", other.index, cwd=_folder(machine, "second")).expect(0)
        other.withdraw("hospital/mine:z")
        other.publish()
        machine.call("lock", "--upgrade", cwd=machine.root / "second")
        machine.call("store", "gc", "--min-age", "0", "--yes").expect(0)
        assert self.held(machine) == {*SHARED.values(), b"c", b"y"}

    def test_where_a_lock_alone_names_the_index_no_other_has_a_say(self, index: Index, tmp_path: Path) -> None:
        machine = installed(tmp_path / "machine", index, "demo@1")
        alone = _folder(machine, "alone")
        (machine.project / "zoo.lock").rename(alone / "zoo.lock")
        shutil.rmtree(machine.project)
        frozen = ("install", "--frozen", "--mirror", index.index)
        machine.call(*frozen, cwd=alone).expect(0)
        other = Index(tmp_path / "other", "hospital")
        other.release("mine", "1.0.0", {"z": SHARED["a"], "y": b"y"})
        other.release("more", "1.0.0", {"x": b"more"})
        other.withdraw("hospital/mine:z")
        other.publish()
        second = _folder(machine, "second")
        machine.call("install", "hospital/more", "--index", other.index, cwd=second).expect(0)
        assert list(machine.store.glob("index/*/revoked-hospital.json"))
        shutil.rmtree(alone / "zoo")
        machine.call(*frozen, cwd=alone).expect(0)
        assert f"withdrawn: {REASON}" not in machine.call("list", cwd=alone).out
        machine.call("store", "gc", "--min-age", "0", "--yes", cwd=alone).expect(0)
        assert self.held(machine) == {*DEMO.values(), b"c", b"more"}

    def test_where_a_lock_alone_names_the_index_nothing_is_removed_and_its_namespace_heard(
        self, machine: Machine
    ) -> None:
        alone = _folder(machine, "alone")
        (machine.project / "zoo.lock").rename(alone / "zoo.lock")
        machine.call("install", "--frozen", cwd=alone).expect(8, REASON)
        assert f"withdrawn: {REASON}" in machine.call("list", cwd=alone).expect(0).out
        shutil.rmtree(machine.project)
        machine.call("install", "--frozen", "--allow-withdrawn", cwd=alone).expect(0)
        machine.call("store", "gc", "--min-age", "0", "--yes", cwd=alone).expect(0)
        assert SECRET in self.held(machine)


def _folder(machine: Machine, name: str) -> Path:
    (machine.root / name).mkdir()
    return machine.root / name
