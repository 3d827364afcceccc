"""The command that rebuilds the starter index does as docs/maintainer.md says, here with one recipe and kept keys."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pages import ROOT


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("starter_build", ROOT / "index/packs/build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ORDER", ("charsets",))
    return module


def test_another_root_signs_the_same_identities(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, keys = tmp_path / "my-index", tmp_path / "my-keys"
    monkeypatch.setattr(sys, "argv", ["build.py", "--index", str(index), "--keys", str(keys)])
    build.main()
    (ours,) = index.glob("*.charsets.json")
    (theirs,) = (ROOT / "index").glob("*.charsets.json")
    contents = [[r["content"] for r in json.loads(file.read_bytes())["releases"]] for file in (ours, theirs)]
    assert contents[0] == contents[1]
    assert (index / "1.root.json").read_bytes() != (ROOT / "index/1.root.json").read_bytes()
    assert (keys / "ns-zoo.pem").is_file()
