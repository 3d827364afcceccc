"""action.yml does what it says: its scripts are run as they stand, job after job, each on a machine of its own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ROOT
from zoopkg_cli import Machine, contents

yaml = pytest.importorskip("yaml", reason="reads action.yml with PyYAML, which comes with zoopkg[test]")
from runner import Job, job  # noqa: E402  (needs yaml)

ACTION = ROOT / "action.yml"
INSTALL = "Install zoopkg"
SAVE = "Save the store"
PRUNE = "Drop from the store what zoo.lock no longer pins"
VERIFY = "Verify what came from the cache"


@pytest.fixture
def root() -> Iterator[Path]:
    """An empty folder, in memory where there is such a place."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as path:
        yield Path(path)


@pytest.fixture
def project(root: Path) -> Path:
    """A workspace that has a project in a folder `app`: the lock and the project file, but no data."""
    machine = Machine(root / "author")
    machine.call("install", "mr-basic@1", "--where", "path=real/*").expect(0)
    machine.call("install", "dicomdir@1", "--group", "night").expect(0)
    app = root / "workspace/app"
    app.mkdir(parents=True)
    for name in ("zoo.toml", "zoo.lock"):
        shutil.copy(machine.project / name, app / name)
    return app


def run(root: Path, inputs: dict[str, str] | None = None) -> Job:
    """One job with the zoopkg that the path has."""
    return job(ACTION, root, root / "workspace").run({"working-directory": "app"} | (inputs or {}), without=(INSTALL,))


def steps(done: Job) -> list[str]:
    return re.findall(r"(?m)^## (.+)$", done.log)


def test_no_script_has_an_input_in_its_text() -> None:
    document = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    scripts = [step["run"] for step in document["runs"]["steps"] if "run" in step]
    assert len(scripts) == 5
    assert not [script for script in scripts if "${{" in script]


def test_the_store_is_kept_from_job_to_job(root: Path, project: Path) -> None:
    first = run(root)
    assert first.code == 0, first.log
    assert (first.outputs["cache-hit"], SAVE in steps(first), VERIFY in steps(first)) == ("false", True, False)
    assert Path(first.outputs["store"]).is_dir()
    assert first.environment["ZOOPKG_STORE"] == first.outputs["store"]
    data = contents(project / "zoo")
    assert {path.split("/")[0] for path in data} == {"mr-basic"}

    shutil.rmtree(project / "zoo")
    second = run(root)
    assert second.code == 0, second.log
    assert (second.outputs["cache-hit"], SAVE in steps(second), VERIFY in steps(second)) == ("true", False, True)
    assert "nothing fetched" in second.log
    assert contents(project / "zoo") == data


def test_groups_have_a_store_of_their_own_that_begins_with_the_last(root: Path, project: Path) -> None:
    run(root)
    shutil.rmtree(project / "zoo")
    done = run(root, {"groups": "night"})
    assert done.code == 0, done.log
    assert (done.outputs["cache-hit"], SAVE in steps(done), VERIFY in steps(done)) == ("false", True, True)
    assert "of them from the store" in done.log
    assert {path.split("/")[0] for path in contents(project / "zoo")} == {"dicomdir", "mr-basic"}


def test_what_the_lock_pins_no_more_is_dropped_from_the_store(root: Path, project: Path) -> None:
    run(root, {"groups": "night"})
    author = Machine(root / "author")
    author.call("remove", "dicomdir").expect(0)
    shutil.copy(author.project / "zoo.toml", project / "zoo.toml")
    shutil.copy(author.project / "zoo.lock", project / "zoo.lock")
    shutil.rmtree(project / "zoo")
    done = run(root)
    assert done.code == 0, done.log
    assert re.search(r"Removed, and .+ freed", done.log)
    kept = {path.name for path in (Path(done.outputs["store"]) / "objects").glob("??/*")}
    assert len(kept) == len(contents(project / "zoo"))


def test_a_cache_that_somebody_changed_is_noticed(root: Path, project: Path) -> None:
    store = Path(run(root).outputs["store"])
    shutil.rmtree(project / "zoo")
    victim = max((path for path in store.glob("objects/??/*")), key=lambda path: path.stat().st_size)
    status = victim.stat()
    victim.chmod(0o644)
    victim.write_bytes(bytes(status.st_size))
    victim.chmod(status.st_mode)
    os.utime(victim, ns=(status.st_atime_ns, status.st_mtime_ns))  # as an install looks at it, nothing has happened
    (archive,) = (root / "caches").iterdir()
    subprocess.run(["tar", "-P", "-cf", archive, store], check=True)
    done = run(root)
    assert done.code == 5, done.log
    assert steps(done)[-1] == VERIFY


def test_an_outdated_lock_fails_with_3(root: Path, project: Path) -> None:
    text = (project / "zoo.toml").read_text()
    (project / "zoo.toml").write_text(text.replace('"^1"', '">=1.0, <2"'))
    done = run(root)
    assert done.code == 3, done.log
    assert "zoo.lock does not match zoo.toml" in done.log
    assert SAVE not in steps(done)
    assert not (project / "zoo").exists()


def test_no_value_of_an_input_is_taken_for_a_command(root: Path, project: Path) -> None:
    done = run(root, {"groups": "night; touch owned $(touch owned) `touch owned` ' || touch owned #\" && touch owned"})
    assert done.code in (0, 2), done.log
    assert not list(root.rglob("owned"))


def test_without_a_cache(root: Path, project: Path) -> None:
    done = run(root, {"cache": "false"})
    assert done.code == 0, done.log
    assert steps(done) == ["Choose the store and the key of the cache", "Install the packs"]
    assert done.outputs["cache-hit"] == "false"


def test_zoopkg_is_installed_from_a_folder(root: Path, project: Path) -> None:
    pytest.importorskip("hatchling", reason="builds zoopkg without a network, which needs hatchling here")
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # which is how pip's variable says that there be none
        "PYTHONPATH": sysconfig.get_path("purelib"),  # what zoopkg needs, which pip would fetch
        "PATH": "/usr/bin:/bin",
    }
    done = job(ACTION, root, root / "workspace", offline)
    done.run({"working-directory": "app", "path": str(ROOT), "python": sys.executable, "cache": "false"})
    assert done.code == 0, done.log
    assert (done.temporary / "zoopkg-bin/zoopkg").is_file()
    assert [path.name for path in (done.temporary / "zoopkg-bin").iterdir()] == ["zoopkg"]
    assert (project / "zoo/mr-basic").is_dir()
