"""Two people, one project: Git merges what it can, and `zoopkg lock` finishes what it cannot, keeping every pin."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, write_files

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
PACKS = {name: {"one.dcm": name.encode()} for name in ("ct", "dx", "mr", "nm", "pt", "us")}


@pytest.fixture
def maintainer(tmp_path: Path) -> Maintainer:
    maintainer = Maintainer(tmp_path / "maintainer")
    release_all(maintainer, "1.0.0", PACKS)
    return maintainer


def release_all(maintainer: Maintainer, version: str, packs: Mapping[str, Mapping[str, bytes]]) -> None:
    for name, files in packs.items():
        folder = maintainer.root / "packs" / f"{name}-{version}"
        write_files(folder, files)
        maintainer.stage(folder, name, version)
    maintainer.publish()


class Team:
    """A repository with a project in it, and two branches."""

    def __init__(self, machine: Machine, maintainer: Maintainer) -> None:
        self.machine = machine
        self.git("init", "-q", "-b", "main")
        machine.call("install", "ct@1", "mr@1", "us@1", "--index", maintainer.index).expect(0)
        self.commit("the project")

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        who = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=self.machine.project, capture_output=True, text=True, check=check)

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def branch(self, name: str, *arguments: str) -> None:
        """A branch off main on which one command was run."""
        self.git("checkout", "-q", "-b", name, "main")
        self.machine.call(*arguments).expect(0)
        self.commit(name)

    def merge(self, ours: str, theirs: str) -> set[str]:
        """The files that Git could not merge."""
        self.git("checkout", "-q", ours)
        self.git("merge", "-q", theirs, check=False)
        return set(self.git("diff", "--name-only", "--diff-filter=U").stdout.split())

    def pins(self) -> set[str]:
        found = self.machine.call("list", "--json").expect(0).document
        return {f"{pack['name']}@{pack['version']}" for pack in found}


@pytest.fixture
def team(tmp_path: Path, maintainer: Maintainer) -> Team:
    return Team(Machine(tmp_path / "team"), maintainer)


def test_packs_added_in_different_places_need_nobody(team: Team) -> None:
    text = team.machine.project / "zoo.toml"
    text.write_text(text.read_text().replace('us = "^1"', '\n# for the plain films\n\nus = "^1"'))
    team.commit("room")
    team.branch("left", "install", "pt@1")
    team.git("checkout", "-q", "main")
    team.git("checkout", "-q", "-b", "right")
    text.write_text(text.read_text().replace('ct = "^1"', 'ct = "^1"\ndx = "^1"'))
    team.machine.call("install").expect(0)
    team.commit("right")
    assert team.merge("left", "right") == set()
    team.machine.call("lock", "--check").expect(0)
    team.machine.call("install", "--locked").expect(0)
    assert team.pins() == {f"zoo/{name}@1.0.0" for name in ("ct", "dx", "mr", "pt", "us")}


def test_a_conflict_is_mended_and_every_pin_stays(team: Team, maintainer: Maintainer) -> None:
    team.branch("left", "install", "nm@1")
    team.branch("right", "install", "pt@1")
    newer = {name: {**files, "two.dcm": b"two"} for name, files in PACKS.items()}
    release_all(maintainer, "1.1.0", newer)  # which nobody asks for
    assert team.merge("left", "right") == {"zoo.toml", "zoo.lock"}
    told = team.machine.call("install").expect(3)
    assert "zoopkg lock" in told.err
    team.machine.call("lock", "--check").expect(3)
    team.machine.call("lock").expect(0, "Merged both sides")
    assert team.pins() == {f"zoo/{name}@1.0.0" for name in ("ct", "mr", "nm", "pt", "us")}
    team.machine.call("lock", "--check").expect(0)
    team.machine.call("install", "--locked").expect(0)
    assert contents(team.machine.zoo / "pt") == PACKS["pt"]
    assert set(contents(team.machine.zoo)) >= {f"{name}/one.dcm" for name in ("ct", "mr", "nm", "pt", "us")}


def test_two_updates_of_one_pack_take_the_newer(team: Team, maintainer: Maintainer) -> None:
    maintainer.release("ct", "1.1.0", {**PACKS["ct"], "two.dcm": b"two"})
    team.branch("left", "update", "ct")
    maintainer.release("ct", "1.2.0", {**PACKS["ct"], "two.dcm": b"two", "three.dcm": b"three"})
    team.branch("right", "update", "ct")
    assert team.merge("left", "right") == {"zoo.lock"}
    team.machine.call("lock").expect(0)
    assert team.pins() == {"zoo/ct@1.2.0", "zoo/mr@1.0.0", "zoo/us@1.0.0"}


def test_what_only_a_person_can_decide_stays_with_them(team: Team) -> None:
    for branch, line in (("left", 'ct = "^1.0"'), ("right", 'ct = "=1.0.0"')):
        team.git("checkout", "-q", "-b", branch, "main")
        text = team.machine.project / "zoo.toml"
        text.write_text(text.read_text().replace('ct = "^1"', line))
        team.machine.call("lock").expect(0)
        team.commit(branch)
    assert "zoo.toml" in team.merge("left", "right")
    before = (team.machine.project / "zoo.toml").read_bytes()
    team.machine.call("install").expect(3, "zoo.toml, line 2", "where they do not ask")
    told = team.machine.call("lock").expect(2, "by hand")
    assert "the two sides ask for ct as ^1.0 and as =1.0.0" in told.err
    assert (team.machine.project / "zoo.toml").read_bytes() == before


def test_tables_that_share_a_line_are_not_merged_into_one(team: Team) -> None:
    for branch, table in (
        ("left", '[packs.nm]\nversion = "=1.0.0"\ngroup = "nightly"\n'),
        ("right", '[packs.pt]\nversion = "^1"\ngroup = "nightly"\n'),
    ):
        team.git("checkout", "-q", "-b", branch, "main")
        text = team.machine.project / "zoo.toml"
        text.write_text(text.read_text().replace("[indexes", f"{table}\n[indexes"))
        team.machine.call("lock").expect(0)
        team.commit(branch)
    assert "zoo.toml" in team.merge("left", "right")
    team.machine.call("lock").expect(2, "by hand")
