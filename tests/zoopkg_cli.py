"""zoopkg as people and scripts use it: commands in a process of their own, or in this one where speed matters more.

A `Machine` has a home, a store and a project folder that no other test knows; a `Maintainer` makes an index by the same
commands. Nothing here looks into zoopkg beyond its command line.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoopkg.cli import run as run_here

COMMAND = (sys.executable, "-m", "zoopkg")
_OWN = (".zoopkg", ".gitignore")
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_START")


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    def expect(self, code: int, *fragments: str) -> "Result":
        """The result itself, if it ended so and every fragment is in what it said; errors are one sentence."""
        assert self.code == code, f"ended with {self.code}, not {code}:\n{self.out}\n{self.err}"
        for fragment in fragments:
            assert fragment in self.err, f"{fragment!r} is not in:\n{self.err}"
        return self.sober()

    def sober(self) -> "Result":
        """The result itself, if it shows no traceback, and an error where it failed."""
        for sign in ("Traceback", "unexpected", "defect of zoopkg"):
            assert sign not in self.err, self.err
        if self.code not in (0, 130):
            errors = [line for line in self.err.splitlines() if line.lower().startswith("error: ")]
            told = errors or self.code == 5  # `verify` tells its findings instead
            assert told, f"exit {self.code} without an error:\n{self.out}\n{self.err}"
            assert len(errors) <= 1, self.err
        return self


class Machine:
    """A user's machine: a home, a store, and a project folder to work in."""

    def __init__(self, root: Path, *, store: Path | None = None) -> None:
        self.root = root
        self.home = root / "home"
        self.store = store or root / "store"
        self.project = root / "project"
        self.home.mkdir(parents=True, exist_ok=True)
        self.project.mkdir(exist_ok=True)

    @property
    def zoo(self) -> Path:
        """The project's data folder."""
        return self.project / "zoo"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the command sees of the environment."""
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**kept, "HOME": str(self.home), "ZOOPKG_STORE": str(self.store), "NO_COLOR": "1", **(more or {})}

    def start(
        self,
        *arguments: object,
        cwd: Path | None = None,
        before: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start a command in a process of its own, `before` being what runs it, strace for instance."""
        return subprocess.Popen(
            [*before, *COMMAND, *map(str, arguments)],
            cwd=cwd or self.project,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(
        self,
        *arguments: object,
        cwd: Path | None = None,
        before: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a command in a process of its own to its end."""
        return ended(self.start(*arguments, cwd=cwd, before=before, env=env))

    def call(self, *arguments: object, cwd: Path | None = None) -> Result:
        """Run a command in this process, which saves its start-up."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(cwd or self.project),
            _environ(self.environment()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run_here([str(argument) for argument in arguments])
        return Result(code, out.getvalue(), err.getvalue())


def ended(process: subprocess.Popen[str], timeout: float = 240) -> Result:
    """Wait for a command that was started."""
    out, err = process.communicate(timeout=timeout)
    return Result(process.returncode, out, err)


@contextlib.contextmanager
def _environ(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Maintainer(Machine):
    """A maintainer's machine, with an index made by the short form of the ceremony.

    Args:
        root: the machine's folder.
        namespace: what the index begins with, and where packs belong whose names tell no other.
        templates: the mirrors that the index signs.
    """

    def __init__(self, root: Path, namespace: str = "zoo", templates: Sequence[str] = ()) -> None:
        super().__init__(root)
        self.index, self.keys, self.namespace = root / "idx", root / "keys", namespace
        mirrors = [word for template in templates for word in ("--template", template)]
        self.call("index", "init", self.index, "--keys", self.keys, "--namespace", namespace, *mirrors).expect(0)

    @property
    def first_root(self) -> Path:
        """The root to trust the index by."""
        return self.index / "1.root.json"

    def release(
        self, name: str, version: str, files: Mapping[str, bytes], *, sharing: bool = True, requires: Sequence[str] = ()
    ) -> None:
        """Build a pack from files, add it and publish."""
        folder = self.root / "packs" / f"{name}-{version}"
        write_files(folder, files)
        self.release_folder(folder, name, version, sharing=sharing, requires=requires)

    def release_folder(
        self, folder: Path, name: str, version: str, *, sharing: bool = True, requires: Sequence[str] = ()
    ) -> None:
        """Build a pack from a folder, add it and publish."""
        self.stage(folder, name, version, sharing=sharing, requires=requires)
        self.publish()

    def stage(
        self, folder: Path, name: str, version: str, *, sharing: bool = True, requires: Sequence[str] = ()
    ) -> Result:
        """Build a pack from a folder and add it to the index; the result is that of the build."""
        out = self.root / "out" / f"{name}-{version}"
        full = name if "/" in name else f"{self.namespace}/{name}"
        self.call("pack", "init", folder, "--name", full, "--version", version, "--license", "MIT").expect(0)
        if requires:
            recipe = folder / "pack.toml"
            recipe.write_text(f"{recipe.read_text()}requires = {json.dumps(list(requires))}\n")
        with_index = ("--index", self.index) if sharing else ()
        built = self.call("pack", "build", folder, "-o", out, "--unreviewed", "--json", *with_index).expect(0)
        self.call("index", "add", self.index, out, "--keys", self.keys, "--allow-unreviewed").expect(0)
        return built

    def publish(self) -> None:
        """Sign and publish what is staged."""
        self.call("index", "publish", self.index, "--keys", self.keys).expect(0)

    def blobs(self, kind: str) -> list[Path]:
        """The index's bundles, layouts or manifests."""
        return sorted(self.index.glob(f"*.{kind}"))


def released(root: Path, packs: Mapping[str, Mapping[str, bytes]]) -> Maintainer:
    """A maintainer's machine, its index with these packs: files by `NAME@VERSION`, released in this order."""
    maintainer = Maintainer(root)
    for pack, files in packs.items():
        name, _, version = pack.partition("@")
        maintainer.release(name, version, files)
    return maintainer


def installed(root: Path, index: Maintainer, *arguments: object) -> Machine:
    """A machine on which this was installed from a maintainer's index."""
    machine = Machine(root)
    machine.call("install", *arguments, "--index", index.index).expect(0)
    return machine


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their relative paths."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, but what zoopkg keeps there for itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in _OWN
    }


def times(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """Every file and folder below a folder, with inode, size and times: what any touch would move."""
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        found[path.relative_to(folder).as_posix()] = (
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )
    return found


def objects(store: Path) -> list[Path]:
    """Every object in a store."""
    return sorted(path for path in (store / "objects").glob("??/*") if not path.name.startswith("."))


def served(index: Path, folder: Path) -> Path:
    """A copy of an index's published files, to damage or serve."""
    shutil.copytree(index, folder, ignore=shutil.ignore_patterns("staged", ".*"))
    return folder
