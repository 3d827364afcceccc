"""The command lines that are measured: ours, and those of the tools that do the same work without zoopkg.

Each runs in a fresh, empty folder; nothing is measured here.
"""

import importlib.util
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Contender

PYTHON = sys.executable
ZOOPKG = str(Path(sys.executable).with_name("zoopkg"))
TOOLS = ("curl", "zstd", "tar", "cp")
HAS_POOCH = importlib.util.find_spec("pooch") is not None
HAS_B3SUM = shutil.which("b3sum") is not None

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Project:
    """A project with packs installed, and the store that it was installed from."""

    folder: Path
    store: Path

    @property
    def data(self) -> Path:
        """Where its files are."""
        return self.folder / "zoo"

    def copy_files(self, folder: Path) -> None:
        """Put project file, lock and trusted root into another folder, as a checkout would."""
        for path in self.folder.iterdir():
            if path.is_file():
                shutil.copy(path, folder)


def missing_tools() -> list[str]:
    """The tools that the contenders need and this machine has not."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def cold_install(url: str, root: Path, names: Sequence[str], store: str = "store") -> Contender:
    """`zoopkg install` into an empty folder and, by default, an empty store in it."""
    specs = [f"bench-{name}@1" for name in names]
    return Contender("zoopkg", (ZOOPKG, "install", *specs, "--index", url, "--root", str(root), "--store", store))


def archive(url: str) -> Contender:
    """`curl` of one archive, unpacked as it comes."""
    return Contender("curl, zstd, tar", ("sh", "-c", 'curl -s "$1" | zstd -dcq | tar -x', "sh", url))


def archives(urls: Sequence[str]) -> Contender:
    """`curl` of one archive a file, one after the other."""
    loop = 'for url; do curl -s "$url" | zstd -dcq > "$(basename "$url" .zst)" || exit; done'
    return Contender("curl, zstd", ("sh", "-c", loop, "sh", *urls))


def one_by_one(url: str, registry: Path, rounds: int) -> Contender:
    """pooch, a request a file."""
    return Contender("pooch", (PYTHON, str(_HERE / "one_by_one.py"), url, str(registry)), rounds=rounds)


def warm_install(project: Project, *flags: str) -> Contender:
    """`zoopkg install` with lock and store, but no data folder."""
    argv = (ZOOPKG, "install", *flags, "--store", str(project.store))
    return Contender("zoopkg", argv, prepare=project.copy_files)


def hard_links(project: Project) -> Contender:
    """`cp -rl` of an installed data folder."""
    return Contender("cp -rl", ("cp", "-rl", str(project.data), "zoo"))


def install_again(project: Project) -> Contender:
    """`zoopkg install` where everything is there."""
    return Contender("zoopkg", (ZOOPKG, "install", "--store", str(project.store)), where=project.folder)


def verify(project: Project) -> Contender:
    """`zoopkg verify`."""
    return Contender("zoopkg", (ZOOPKG, "verify", "--store", str(project.store)), where=project.folder)


def b3sum(project: Project) -> Contender:
    """`b3sum` over the files of all packs, or the `blake3` module on all cores where there is no b3sum."""
    if not HAS_B3SUM:
        return read_and_hash(project.data, threads=2)
    folders = [str(path) for path in project.data.iterdir() if path.is_dir() and path.name != ".zoopkg"]
    line = 'find "$@" -type f -print0 | xargs -0 b3sum'
    return Contender("b3sum", ("sh", "-c", line, "sh", *folders))


def sync(index: Path) -> Contender:
    """`zoopkg mirror sync` of an index folder to a new folder."""
    return Contender("zoopkg", (ZOOPKG, "mirror", "sync", str(index), "mirror"))


def copy(folder: Path) -> Contender:
    """`cp -r` of a folder."""
    return Contender("cp -r", ("cp", "-r", str(folder), "copy"))


def export(project: Project) -> Contender:
    """`zoopkg export` of what a project has locked, out of a full store."""
    where = ("--directory", str(project.folder), "--store", str(project.store))
    return Contender("zoopkg", (ZOOPKG, "export", "-o", "packs.zoopkg", *where))


def pack_up(project: Project) -> Contender:
    """`tar` and `zstd`, on all cores, of a project's data folder."""
    line = 'tar -C "$1" -c zoo | zstd -q -3 -T0 -o packs.tar.zst'
    return Contender("tar, zstd", ("sh", "-c", line, "sh", str(project.folder)))


def carry_in(file: Path) -> Contender:
    """`zoopkg import` into an empty store."""
    return Contender("zoopkg", (ZOOPKG, "import", str(file), "--store", "store"))


def unpack(archive: Path) -> Contender:
    """`zstd` and `tar` of a file on disk."""
    return Contender("zstd, tar", ("sh", "-c", 'zstd -dcq "$1" | tar -x', "sh", str(archive)))


def show_version() -> Contender:
    """`zoopkg --version`."""
    return Contender("zoopkg", (ZOOPKG, "--version"))


def import_click() -> Contender:
    """The least that a command line made with click can do."""
    return Contender("import click", (PYTHON, "-c", "import click"))


def build(folder: Path) -> Contender:
    """`zoopkg pack build`."""
    return Contender("zoopkg", (ZOOPKG, "pack", "build", str(folder), "-o", "out", "--unreviewed"))


def read_and_hash(folder: Path, threads: int) -> Contender:
    """A script that reads every file and takes its BLAKE3."""
    argv = (PYTHON, str(_HERE / "read_and_hash.py"), str(folder), str(threads))
    return Contender(f"reading and BLAKE3, {threads} threads", argv)
