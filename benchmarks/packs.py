"""The corpora as packs of one signed index, and as the archives that others download: made once, kept in a folder.

files/NAME/       the corpus, with its pack.toml        built/NAME/   what `pack build` made
NAME.tar.zst      the same, in one solid archive        index/        the index with its blobs, published
NAME/FILE.zst     the same, an archive a file (big)     keys/         its keys
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks import corpora
from benchmarks.corpora import Sizes
from zoopkg.cli import run

# Part of the folder's name: to be raised when a corpus changes.
_EDITION = 1
# The timestamp of an index is good for seven days.
_GOOD_SECONDS = 5 * 86_400


class Packs:
    """What the benchmarks install, in a folder that a web server can serve.

    Args:
        work: where to keep it; what an earlier run left there whole is used again.
        sizes: how large.
    """

    def __init__(self, work: Path, sizes: Sizes) -> None:
        self.sizes = sizes
        self.root = work / f"{sizes.label}-{_EDITION}"
        self.index = self.root / "index"
        self._done = self.root / "done.json"

    @property
    def trusted_root(self) -> Path:
        """The root file by which to trust the index."""
        return self.index / "1.root.json"

    def files(self, name: str) -> Path:
        """The folder of a corpus."""
        return self.root / "files" / name

    def paths(self, name: str) -> list[str]:
        """The paths of a corpus's files below its folder, sorted."""
        folder = self.files(name)
        return sorted(
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "pack.toml"
        )

    def archive(self, name: str) -> Path:
        """The solid archive of a corpus."""
        return self.root / f"{name}.tar.zst"

    def prepare(self, names: Iterable[str]) -> None:
        """Make the named corpora, archives and packs as far as they are not there, and publish the index."""
        done = self._known()
        new = [name for name in corpora.NAMES if name in set(names) - done]
        if not new:
            return
        self._done.unlink(missing_ok=True)  # a run that is killed from here on leaves nothing to be used again
        keys = str(self.root / "keys")
        if not done:
            shutil.rmtree(self.root, ignore_errors=True)
            self.root.mkdir(parents=True)
            zoopkg("index", "init", str(self.index), "--keys", keys)
        for name in new:
            corpora.make(name, self.files(name), self.sizes)
            self._archive(name)
            built = str(self.root / "built" / name)
            pack_init(self.files(name), name)
            zoopkg("pack", "build", str(self.files(name)), "-o", built, "--unreviewed")
            zoopkg("index", "add", str(self.index), built, "--keys", keys, "--allow-unreviewed")
        zoopkg("index", "publish", str(self.index), "--keys", keys)
        self._done.write_text(json.dumps(sorted(done | set(new))))

    def _known(self) -> set[str]:
        """What an earlier run left whole, unless its index is about to expire."""
        if not self._done.exists() or time.time() - self._done.stat().st_mtime > _GOOD_SECONDS:
            return set()
        return set(json.loads(self._done.read_text()))

    def _archive(self, name: str) -> None:
        if name == "big":
            (self.root / name).mkdir()
            for path in self.paths(name):
                target = self.root / name / f"{path}.zst"
                subprocess.run(["zstd", "-q", "-3", str(self.files(name) / path), "-o", str(target)], check=True)
        elif name != "nothing":
            pipe = 'tar --create --sort=name --directory "$1" . | zstd -q -3 -o "$2"'
            subprocess.run(["sh", "-c", pipe, "sh", str(self.files(name)), str(self.archive(name))], check=True)


def pack_init(folder: Path, name: str, version: str = "1.0.0") -> None:
    """Describe the corpus in a folder as a pack."""
    pack = ("--name", f"zoo/bench-{name}", "--version", version, "--license", "CC0-1.0")
    zoopkg("pack", "init", str(folder), *pack, "--summary", f"Benchmark corpus {name}")


def zoopkg(*arguments: str) -> None:
    """Run a command that is not measured, within this process."""
    code = run([*arguments, "--quiet"])
    if code:
        raise RuntimeError(f"zoopkg {' '.join(arguments)} ended with {code}")
