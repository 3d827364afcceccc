"""Several people keep an index together, each on a machine of their own, by commands alone."""

import json
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from zoopkg_cli import COMMAND, Machine, Result, contents, write_files

HOLDERS = ("ann", "bo", "cy")


class Office(Machine):
    """The machine with the index and the online key, and what its people do there."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.idx = self.project / "idx"
        self.index("keygen", "online", "--keys", "keys").expect(0)

    def index(self, verb: str, *arguments: object) -> Result:
        return self.call("index", verb, *arguments)

    def stage(self, version: str, name: str = "demo") -> str:
        """Build a version and stage it; its identity."""
        folder, out = self.root / f"files-{name}-{version}", self.root / f"out-{name}-{version}"
        write_files(folder, {"a.dcm": f"{name} {version}".encode()})
        made = ("pack", "init", folder, "--name", name, "--version", version, "--license", "MIT")
        self.call(*made, "--summary", "Demo").expect(0)
        built = self.call("pack", "build", folder, "-o", out, "--unreviewed", "--json").expect(0)
        self.index("add", "idx", out, "--allow-unreviewed").expect(0)
        return str(built.document["content"])

    def publish(self, code: int = 0, *said: str) -> None:
        self.index("publish", "idx", "--keys", "keys").expect(code, *said)

    def status(self, role: str) -> dict[str, object]:
        roles = self.index("status", "idx", "--json").expect(0).document["roles"]
        return next(each for each in roles if each["role"] == role)


class Holder(Machine):
    """Someone who holds a key, on a machine that sees nothing but what is carried to it."""

    def __init__(self, root: Path, name: str) -> None:
        super().__init__(root)
        self.name, self.stick = name, self.project / "stick"
        self.call("index", "keygen", name, "--keys", "keys").expect(0)

    def sign(self, office: Office, *flags: object) -> Result:
        """What is staged comes on a stick, is signed, and goes back."""
        shutil.rmtree(self.stick, ignore_errors=True)
        shutil.copytree(office.idx / "staged", self.stick)
        signed = self.call("index", "sign", "stick", *(flags or ("--keys", "keys")))
        if signed.code == 0:
            office.index("merge", "idx", self.stick).expect(0)
        return signed


class Team:
    """Three holders, and an office where any two of them can have something published."""

    def __init__(self, root: Path) -> None:
        self.office = Office(root / "office")
        self.holders = {name: Holder(root / name, name) for name in HOLDERS}
        for holder in self.holders.values():
            shutil.copy(holder.project / f"keys/{holder.name}.pub.json", self.office.project / "keys")
        self.office.index("init", "idx", "--keys", "keys", "--threshold", 2, "--root-keys", 3).expect(0)
        self.signed_by("ann", "bo")
        self.office.publish()

    def signed_by(self, *names: str) -> None:
        for name in names:
            self.holders[name].sign(self.office).expect(0)

    def release(self, version: str) -> None:
        self.office.stage(version)
        self.signed_by("ann", "bo")
        self.office.publish()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a team has released 1.0.0."""
    folder = tmp_path_factory.mktemp("founded")
    Team(folder).release("1.0.0")
    return folder


@pytest.fixture
def team(founded: Path, tmp_path: Path) -> Team:
    """A team of one's own, with what the other one did."""
    shutil.copytree(founded, tmp_path / "team", symlinks=True)
    team = Team.__new__(Team)
    team.office = Office.__new__(Office)
    Machine.__init__(team.office, tmp_path / "team/office")
    team.office.idx = team.office.project / "idx"
    team.holders = {}
    for name in HOLDERS:
        holder = team.holders[name] = Holder.__new__(Holder)
        Machine.__init__(holder, tmp_path / "team" / name)
        holder.name, holder.stick = name, holder.project / "stick"
    return team


def user(tmp_path: Path, team: Team, *specs: str, name: str = "user") -> Machine:
    machine = Machine(tmp_path / name)
    machine.call("install", *specs, "--index", team.office.idx).expect(0)
    return machine


def published(team: Team) -> dict[str, bytes]:
    return {path: data for path, data in contents(team.office.idx).items() if "/" not in path}


def test_two_release_together_and_one_alone_does_not(team: Team, tmp_path: Path) -> None:
    private = {path.name for path in team.office.project.rglob("*.pem")}
    assert private == {"online.pem"}, "no key of a person has been where the index is"
    content = team.office.stage("1.1.0")
    before = published(team)
    team.office.publish(8, "ns-zoo lacks 2 of ann, bo, cy")
    team.signed_by("ann")
    team.signed_by("ann")
    team.office.publish(8, "ns-zoo lacks 1 of bo, cy")
    assert published(team) == before, "nothing was published, nor half of it"
    assert user(tmp_path, team, "demo@1").call("list", "--json").document[0]["version"] == "1.0.0"
    team.signed_by("cy")
    (staged,) = team.holders["cy"].call("index", "show", "stick", "--json").expect(0).document
    assert f"content  {content}" in staged["changes"][0]["details"], "what was signed is what was built"
    team.office.publish()
    machine = user(tmp_path, team, "demo@1", name="other")
    assert machine.call("list", "--json").document[0]["version"] == "1.1.0"
    team.office.index("verify", "idx").expect(0)


@pytest.mark.parametrize("role", ["root", "targets", "ns-zoo"])
def test_no_role_is_published_below_its_threshold(team: Team, role: str) -> None:
    team.office.index("renew", "idx", role).expect(0, f"{role} lacks 2 more of the signatures of ann, bo, cy")
    before = published(team)
    team.signed_by("bo")
    team.office.publish(8, f"{role} lacks 1 of ann, cy")
    assert published(team) == before
    team.signed_by("cy")
    team.office.publish()
    assert team.office.status(role)["signed"] == ["bo", "cy"]


def test_snapshot_and_timestamp_have_thresholds_too(team: Team) -> None:
    team.office.index("keygen", "second", "--keys", "more").expect(0)
    for role in ("snapshot", "timestamp"):
        changed = ("rotate", "idx", role, "--keys", "more", "--add", "second", "--threshold", 2)
        team.office.index(*changed).expect(0)
    team.signed_by("ann", "bo")
    before = published(team)
    team.office.publish(8, "snapshot lacks 1 of second")
    assert published(team) == before
    both = ("idx", "--keys", "keys", "--key", "more/second.pem")
    team.office.index("publish", *both).expect(0)
    team.office.index("refresh", "idx", "--keys", "keys").expect(8, "lacks 1 of second")
    team.office.index("refresh", *both).expect(0, "Refreshed")


def test_clients_that_were_away_for_five_roots(team: Team, tmp_path: Path) -> None:
    """All three keys of root change five times; one client has the first root alone, one an old state."""
    first = shutil.copy(team.office.idx / "1.root.json", tmp_path / "first-root.json")
    machine = user(tmp_path, team, "demo@1")
    for n in range(5):
        names = [f"{name}-{n}" for name in ("x", "y", "z")]
        for name in names:
            team.office.index("keygen", name, "--keys", f"drawer-{n}").expect(0)
        signers = f"2:{','.join(names)}"
        team.office.index("rotate", "idx", "root", "--signers", signers, "--keys", f"drawer-{n}").expect(0)
        team.office.publish(8, "root lacks 2 of")
        team.office.index("sign", "idx", "--key", f"drawer-{n}/{names[0]}.pem", "--key", f"drawer-{n}/{names[1]}.pem")
        team.office.publish(8, "root lacks 2 of")
        if n == 0:
            team.signed_by("ann", "cy")
        else:
            team.office.index("sign", "idx", "--keys", f"drawer-{n - 1}").expect(0)
        team.office.publish()
    team.release("1.1.0")
    assert (team.office.idx / "6.root.json").exists()
    machine.call("update").expect(0)
    new = Machine(tmp_path / "new")
    new.call("install", "demo@1", "--index", team.office.idx, "--root", first).expect(0)
    for each in (machine, new):
        assert each.call("list", "--json").document[0]["version"] == "1.1.0"
    team.office.index("renew", "idx", "root").expect(0)
    assert team.holders["ann"].sign(team.office).expect(2, "no key in").code == 2, "ann holds root no more"


def test_somebody_leaves(team: Team, tmp_path: Path) -> None:
    holder = Holder(tmp_path / "dee", "dee")
    shutil.copy(holder.project / "keys/dee.pub.json", team.office.project / "keys")
    for role in ("root", "targets", "ns-zoo"):
        team.office.index("rotate", "idx", role, "--keys", "keys", "--remove", "cy", "--add", "dee").expect(0)
    shown = team.office.index("show", "idx").expect(0).out
    assert re.search(r"- root: no longer cy \([0-9a-f]{12}\)\n  \+ root: from now on dee \([0-9a-f]{12}\)", shown)
    team.signed_by("ann", "bo")
    team.office.publish()
    team.office.stage("1.1.0")
    team.holders["cy"].sign(team.office).expect(2, "may sign ns-zoo")
    holder.sign(team.office).expect(0)
    team.signed_by("bo")
    team.office.publish()
    assert team.office.status("ns-zoo")["signed"] == ["bo", "dee"]


def test_a_namespace_of_others(team: Team, tmp_path: Path) -> None:
    hana = Holder(tmp_path / "hana", "hana")
    shutil.copy(hana.project / "keys/hana.pub.json", team.office.project / "keys")
    team.office.index("delegate", "idx", "hospital").expect(2, "who signs for hospital is not said")
    team.office.index("delegate", "idx", "hospital", "--signers", "two:hana").expect(2, "is not N:KEY,KEY")
    team.office.index("delegate", "idx", "hospital", "--signers", "1:zed").expect(2, "no public key zed")
    team.office.index("delegate", "idx", "hospital", "--keys", "keys", "--signers", "1:hana").expect(0)
    team.signed_by("ann", "bo")
    hana.sign(team.office).expect(0)
    team.office.publish()
    team.office.stage("1.0.0", "hospital/scans")
    hana.sign(team.office).expect(0)
    team.office.publish()
    machine = user(tmp_path, team, "hospital/scans@1", "demo@1")
    assert (machine.zoo / "@hospital/scans/a.dcm").read_bytes() == b"hospital/scans 1.0.0"
    team.office.stage("1.1.0")
    hana.sign(team.office).expect(2, "no key in 'keys' may sign ns-zoo")
    team.office.publish(8, "ns-zoo lacks 2")


def test_yanked_and_taken_back(team: Team, tmp_path: Path) -> None:
    machine = user(tmp_path, team, "demo@1")
    for wrong, why in (
        (("demo", "--reason", "x"), "is not NAME@VERSION"),
        (("demo@9.0.0", "--reason", "x"), "has no zoo/demo 9.0.0"),
        (("demo@1.0.0",), "is yanked with a --reason"),
        (("demo@1.0.0", "--reason", "x", "--undo"), "is yanked with a --reason"),
        (("demo@1.0.0", "--reason", "x\ny"), "must be one line"),
    ):
        team.office.index("yank", "idx", *wrong).expect(2, why)
    team.office.index("yank", "idx", "demo@1.0.0", "--reason", "wrong spacing").expect(0, "index show")
    team.signed_by("ann", "bo")
    team.office.publish()
    machine.call("install").expect(0)
    Machine(tmp_path / "late").call("install", "demo@1", "--index", team.office.idx).expect(4)
    team.office.index("yank", "idx", "demo@1.0.0", "--undo").expect(0)
    team.signed_by("ann", "bo")
    team.office.publish()
    user(tmp_path, team, "demo@1", name="later")


def test_mirrors_are_listed_and_changed(team: Team) -> None:
    office = team.office
    assert office.index("mirrors", "idx").expect(0).out == "idx names no mirrors\n"
    templates = ("https://a.example/{digest}", "https://b.example/{cid}")
    flags = [flag for each in templates for flag in ("--template", each)]
    office.index("mirrors", "idx", *flags).expect(0)
    assert office.index("mirrors", "idx").expect(0).out.splitlines() == list(templates)
    team.signed_by("ann", "bo")
    office.publish()
    assert office.index("mirrors", "idx", "--json").document["mirrors"] == list(templates)
    for wrong, why in (
        (("--template", "https://a.example/{hash}"), "unknown placeholder"),
        (("--template", "ftp://a.example/"), "ftp"),
        (("--template", "https://a/", "--template", "https://a/"), "each once"),
        (("--template", "https://a/", "--none"), "Drop --none"),
        (("--template", "here"), "is a folder of this machine"),
        (("--template", "/srv/packs"), "is a folder of this machine"),
    ):
        result = office.index("mirrors", "idx", *wrong).expect(2)
        assert why in result.err
    office.index("mirrors", "idx", "--none").expect(0)
    assert office.index("mirrors", "idx").expect(0).out == "idx names no mirrors\n"


def test_mirrors_are_named_as_every_machine_understands_them(team: Team) -> None:
    office, flags = team.office, ("--template", "github:example/zoo", "--template", "file:///srv/packs")
    said = office.index("mirrors", "idx", *flags).expect(0).err
    assert "the mirror file:///srv/packs is a folder, which other machines have only where it is mounted" in said
    assert office.index("mirrors", "idx").expect(0).out.splitlines() == [
        "https://github.com/example/zoo/releases/download/{origin}/{digest}",
        "file:///srv/packs",
    ]


def test_what_changes_nothing_and_what_drops_signatures_is_told(team: Team) -> None:
    office = team.office
    office.stage("2.0.0")
    team.signed_by("ann")
    again = office.index("renew", "idx", "ns-zoo").expect(0).err
    assert "Nothing is staged anew: idx has it so already" in again
    assert office.status("ns-zoo")["signed"] == ["ann"]
    said = office.index("add", "idx", office.root / "out-demo-2.0.0", "--allow-unreviewed").expect(0).err
    assert "demo 2.0.0 is staged in idx already" in said
    assert office.status("ns-zoo")["signed"] == ["ann"]
    office.index("merge", "idx", team.holders["ann"].stick).expect(0, "brought no new signature")
    dropped = office.index("yank", "idx", "demo@2.0.0", "--reason", "wrong").expect(0).err
    assert "warning: this drops the signatures of ann on ns-zoo; have it signed anew" in dropped
    office.index("merge", "idx", team.holders["ann"].stick).expect(2, "was staged anew since", "fresh copy")


def test_keys_that_are_not_where_they_are_named(team: Team) -> None:
    office = team.office
    office.stage("2.0.0")
    office.index("sign", "idx", "--keys", "an").expect(2, "there is no folder of keys 'an'", "index keygen")
    office.index("sign", "idx", "--keys", "keys/ann.pub.json").expect(2, "is not a folder", "named with --key.")
    office.index("sign", "idx", "--key", "keys").expect(2, "'keys' is a folder, and no key", "named with --keys.")
    office.index("show", "ixd").expect(2, "there is no folder 'ixd'", "a copy of its `staged` folder")
    office.index("status", "idx", "--fail-within").expect(2)


def test_status_tells_what_expires(team: Team) -> None:
    office = team.office
    assert "warning" not in office.index("status", "idx").expect(0).err
    office.index("status", "idx", "--fail-within", 100).expect(0)
    failed = office.index("status", "idx", "--fail-within", 183).expect(1, "is about to expire: ", "index renew idx")
    assert re.search("(targets|ns-zoo) expires within 182 days, .*, (targets|ns-zoo) expires", failed.err)
    failed = office.index("status", "idx", "--fail-within", 183, "--json").expect(1, "is about to expire: ")
    assert failed.document["index"] == "idx", "one document, which says how it stands"
    office.index("renew", "idx", "ns-zoo", "--expires", 20).expect(0)
    team.signed_by("ann", "bo")
    office.index("publish", "idx", "--keys", "keys", "--expires", 1).expect(0)
    office.index("status", "idx", "--fail-within", 0).expect(1, "timestamp expires within 1 day", "index refresh idx")
    told = office.index("status", "idx").expect(0).err.splitlines()
    assert [line.split()[1] for line in told] == ["timestamp", "snapshot", "ns-zoo"] or [
        line.split()[1] for line in told
    ] == ["snapshot", "timestamp", "ns-zoo"]
    assert re.search(r"ns-zoo expires within 20 days, \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Run `zoopkg index renew", told[2])
    document = office.index("status", "idx", "--json").document
    assert set(document["due"]) == {"snapshot", "timestamp", "ns-zoo"}
    office.index("renew", "idx", "ns-zoo").expect(0)
    assert "ns-zoo expires within 20 days" in office.index("status", "idx").err, "clients see the published one"
    assert "Its next version is staged" in office.index("status", "idx").err


def test_a_job_refreshes_when_it_is_time(team: Team) -> None:
    office = team.office
    office.stage("1.1.0")
    before = office.status("timestamp")["version"]
    idle = office.index("refresh", "idx", "--keys", "keys", "--if-within", 4, "--json").expect(0, "no refreshing yet")
    assert idle.document["refreshed"] is False
    assert office.status("timestamp")["version"] == before
    done = office.index("refresh", "idx", "--keys", "keys", "--if-within", 7, "--json").expect(0, "Refreshed idx")
    assert done.document["refreshed"] is True
    assert office.status("timestamp")["version"] == before + 1
    assert office.status("ns-zoo")["staged"], "what waits for signatures still does"
    office.index("refresh", "idx").expect(2, "no keys are named")
    stranger = ("--keys", team.holders["ann"].project / "keys", "--if-within", 1)
    office.index("refresh", "idx", *stranger).expect(8, "lacks 1 of online").sober()
    office.index("refresh", "idx", "--key", "env:NO_SUCH_KEY").expect(2, "NO_SUCH_KEY")
    office.index("refresh", "idx", "--keys", team.holders["ann"].project / "keys").expect(8, "lacks 1 of online")
    office.index("renew", "idx", "root", "--expires", 10).expect(0)
    team.signed_by("ann", "bo")
    office.publish()
    told = office.index("refresh", "idx", "--keys", "keys").expect(0).err
    assert "root expires within 10 days" in told, "the job tells what it cannot renew"


def test_the_online_key_in_a_variable(team: Team) -> None:
    key = (team.office.project / "keys/online.pem").read_text()
    signed = team.office.run("index", "refresh", "idx", "--key", "env:ONLINE_KEY", env={"ONLINE_KEY": key})
    assert key.splitlines()[1] not in signed.expect(0, "Refreshed idx").err


def test_nothing_is_published_before_the_first_signatures(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.index("keygen", "ann", "--keys", "elsewhere").expect(0)
    shutil.copy(office.project / "elsewhere/ann.pub.json", office.project / "keys")
    office.index("init", "idx", "--keys", "keys", "--threshold", 1).expect(
        0, "root lacks 1 more of the signatures of ann"
    )
    office.index("refresh", "idx", "--keys", "keys").expect(8, "nothing is published")
    office.publish(8, "root lacks 1 of ann")
    assert office.index("show", "idx", "--root", "no.json").expect(2, "no root file").code == 2
    office.index("show", "idx", "--root", "idx/staged/1.root.json").expect(2, "nothing is published")


def test_keys_made_for_a_start_lie_apart(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    made = ("index", "init", "idx", "--keys", "keys", "--threshold", 2, "--root-keys", 3)
    machine.call(*made).expect(0, "root-1, root-2, root-3 in keys hold a private key each: move every one")
    keys = machine.project / "keys"
    assert sorted(path.relative_to(keys).as_posix() for path in keys.rglob("*.pem")) == [
        "online.pem",
        "root-1/root-1.pem",
        "root-2/root-2.pem",
        "root-3/root-3.pem",
    ]
    root = json.loads((machine.project / "idx/1.root.json").read_text())["signed"]
    assert {role: (len(each["keyids"]), each["threshold"]) for role, each in root["roles"].items()} == {
        "root": (3, 2),
        "targets": (3, 2),
        "snapshot": (1, 1),
        "timestamp": (1, 1),
    }
    machine.call("index", "verify", "idx").expect(0)
    machine.call("index", "renew", "idx", "root").expect(0)
    machine.call("index", "publish", "idx", "--keys", "keys").expect(8, "root lacks 2")
    machine.call("index", "sign", "idx", "--keys", "keys/root-1").expect(0)
    machine.call("index", "sign", "idx", "--key", "keys/root-3/root-3.pem").expect(0)
    machine.call("index", "publish", "idx", "--keys", "keys").expect(0)
    machine.call("index", "sign", "idx").expect(2, "no keys are named to sign with")


def test_who_signs_is_said_or_found_in_the_folder(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    several = ("index", "init", "idx", "--keys", "keys")
    machine.call(*several, "--threshold", 2).expect(2, "several keys are wanted for root, and none")
    machine.call(*several, "--root-keys", 2, "--threshold", 3).expect(2, "root cannot ask for 3 of 2 keys")
    assert not (machine.project / "keys").exists(), "no key is made for an index that cannot be"
    for name in ("ann", "bo", "ann-root", "bo-root", "online"):
        machine.call("index", "keygen", name, "--keys", "keys").expect(0)
    machine.call(*several, "--root-keys", 2).expect(2, "2 keys are wanted for root, and 4 (ann, ann-root, bo, bo-root)")
    made = machine.call(*several, "--root-keys", 2, "--role", "ns-zoo=1:ann,bo", "--json").expect(0).document
    roles = {role["role"]: role for role in made["roles"]}
    assert roles["root"]["signed"] == ["ann-root", "bo-root"]
    assert roles["ns-zoo"]["signed"] == ["ann", "bo"]
    assert roles["timestamp"]["signed"] == ["online"]
    machine.call(*several, "--root-keys", 2).expect(2)


def test_rotating_takes_all_keys_or_changes(team: Team) -> None:
    office = team.office
    for wrong in ((), ("--signers", "1:ann", "--remove", "bo")):
        office.index("rotate", "idx", "root", *wrong).expect(2, "say either all keys or what changes")
    office.index("rotate", "idx", "ns-none", "--remove", "ann").expect(2, "has no role 'ns-none'")
    office.index("rotate", "idx", "root", "--signers", "0:ann").expect(2, "cannot ask for 0 of 1")
    office.index("renew", "idx", "timestamp").expect(2, "signed by hand")
    assert office.index("status", "idx", "--json").document["staged"] == []


def test_an_encrypted_key(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (machine.project / "phrase").write_text("correct horse\n")
    made = ("index", "keygen", "ann", "--encrypt", "--keys", "keys")
    machine.call(*made).expect(2, "a passphrase for the new key is wanted")
    machine.call(*made, "--from-uri", "hsm:2").expect(2, "is not here to be encrypted")
    (machine.project / "empty").touch()
    machine.call(*made, "--passphrase-file", "empty").expect(2, "is wanted")
    machine.call(*made, "--passphrase-file", "nowhere").expect(1, "nowhere")
    assert not (machine.project / "keys").exists()
    machine.call(*made, "--passphrase-file", "phrase").expect(0, "Its id begins with")
    roles = [f"--role={role}=1:ann" for role in ("root", "targets", "snapshot", "timestamp", "ns-zoo")]
    start = ("index", "init", "idx", "--keys", "keys", *roles)
    machine.call(*start).expect(2, "the passphrase of 'keys/ann.pem' is wanted", "ZOOPKG_KEY_PASSPHRASE")
    machine.run(*start, env={"ZOOPKG_KEY_PASSPHRASE": "battery staple"}).expect(2, "does not open 'keys/ann.pem'")
    machine.run(*start, env={"ZOOPKG_KEY_PASSPHRASE": "correct horse"}).expect(0)
    machine.call("index", "refresh", "idx", "--keys", "keys", "--passphrase-file", "phrase").expect(0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_passphrase_is_asked_for_twice_when_it_is_new_and_once_later(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    made = ("index", "keygen", "ann", "--encrypt", "--keys", "keys")
    code, said = at_terminal(machine, made, "correct horse", "correct horse")
    assert code == 0, said
    assert "correct horse" not in said
    assert b"ENCRYPTED" in (machine.project / "keys/ann.pem").read_bytes()
    roles = [f"--role={role}=1:ann" for role in ("root", "targets", "snapshot", "timestamp", "ns-zoo")]
    code, said = at_terminal(machine, ("index", "init", "idx", "--keys", "keys", *roles), "correct horse")
    assert code == 0, said
    assert said.lower().count("passphrase of 'keys/ann.pem'") == 1, "asked for once, though it signs six times"


def at_terminal(machine: Machine, arguments: tuple[object, ...], *answers: str) -> tuple[int, str]:
    """Run a command at a terminal of its own, and type each answer when something is asked for."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(machine.project)
        os.execve(sys.executable, [*COMMAND, *map(str, arguments)], {**machine.environment(), "TERM": "dumb"})
    said, waiting, until = "", list(answers), time.monotonic() + 120
    try:
        while time.monotonic() < until:
            try:
                said += os.read(terminal, 4096).decode()
            except OSError:  # the terminal closes with the last that uses it
                break
            if waiting and said.rstrip(" ").endswith(":"):
                time.sleep(0.05)  # until the echo is off
                os.write(terminal, waiting.pop(0).encode() + b"\n")
    finally:
        os.kill(pid, signal.SIGKILL) if waiting else None
        os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said
