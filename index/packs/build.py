"""Rebuild the whole starter index from the recipes: `python index/packs/build.py`.

Every pack is generated into a scratch folder, built, added and published under keys that are made for the occasion and
thrown away: the index in the wheel is pinned by its root, and nobody can ever add to it. To keep an index of your own
from the same recipes, pass --keys DIR to a folder that you keep, and --index DIR to another place.
"""

import argparse
import importlib.util
import re
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from zoopkg.cli import run

HERE = Path(__file__).parent
YEARS_10 = "3650"
# A pack that shares contents comes after the one whose bundles hold them.
ORDER = ("ct-basic", "ct-derived", "mr-basic", "transfer-syntaxes", "charsets", "objects", "broken", "dicomdir")


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the starter index from its recipes.")
    parser.add_argument("--index", type=Path, default=HERE.parent, help="where to make it")
    parser.add_argument("--keys", type=Path, default=None, help="keep the signing keys here")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE))
    with tempfile.TemporaryDirectory() as scratch:
        build(arguments.index, arguments.keys or Path(scratch) / "keys", Path(scratch))


def build(index: Path, keys: Path, scratch: Path) -> None:
    if index.is_dir() and any(index.iterdir()) and not (index / "1.root.json").is_file() and index != HERE.parent:
        sys.exit(f"{index} is neither empty nor an index, so nothing is made there")
    for pattern in ("*.json", "*.manifest", "*.layout", "*.bundle"):
        for old in index.glob(pattern):
            old.unlink()
    forever = ["--expires", YEARS_10, "--starter", "--keys", str(keys)]
    zoopkg("index", "init", str(index), *forever)
    for name in ORDER:
        for version in recipe(name).VERSIONS:
            folder, out = scratch / name / version, scratch / "out" / name / version
            make(name, version, folder)
            zoopkg("pack", "build", str(folder), "-o", str(out), "--unreviewed", "--index", str(index))
            zoopkg("index", "add", str(index), str(out), "--allow-unreviewed", "--expires", YEARS_10)
    zoopkg("index", "publish", str(index), *forever)
    zoopkg("index", "verify", str(index))
    shutil.rmtree(index / "staged", ignore_errors=True)


def make(name: str, version: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    recipe(name).make(folder, version)
    text = (HERE / name / "pack.toml").read_text(encoding="utf-8")
    stated = re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', text, count=1)
    (folder / "pack.toml").write_text(stated, encoding="utf-8")
    shutil.copy(HERE / name / "README.md", folder / "README.md")


def recipe(name: str) -> ModuleType:
    qualified = f"recipe_{name.replace('-', '_')}"
    if qualified not in sys.modules:
        path = HERE / name / "recipe.py"
        sys.path.insert(0, str(path.parent))
        spec = importlib.util.spec_from_file_location(qualified, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.path.remove(str(path.parent))
        sys.modules[qualified] = module
    return sys.modules[qualified]


def zoopkg(*arguments: str) -> None:
    if code := run(list(arguments)):
        sys.exit(code)


if __name__ == "__main__":
    main()
