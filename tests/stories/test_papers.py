"""cite and licenses: what the locked packs are, whom to credit, and what may not be used."""

import json
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, installed, write_files

RECIPE = """
[[source]]
name = "Phantoms & {Co}"
license = "CC-BY-4.0"
url = "https://example.org/phantoms"
copyright = "Copyright 2019 Ann Other"

[[file]]
path = "gpl/*"
license = "GPL-3.0-only OR LicenseRef-ask"
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    folder = maintainer.root / "files"
    write_files(folder, {"a": b"a", "gpl/b": b"b", "gpl/c": b"c"})
    init = ("pack", "init", folder, "--name", "zoo/demo", "--license", "MIT AND CC-BY-NC-4.0", "--summary", "Two & two")
    maintainer.call(*init).expect(0)
    recipe = folder / "pack.toml"
    text = recipe.read_text().replace('summary = "Two & two"', 'summary = "Two & two"\nauthors = ["A. Maker"]')
    recipe.write_text(text.replace("citation", "#") + RECIPE)
    out = maintainer.root / "out"
    maintainer.call("pack", "build", folder, "-o", out, "--unreviewed").expect(0)
    maintainer.call("index", "add", maintainer.index, out, "--keys", maintainer.keys, "--allow-unreviewed").expect(0)
    maintainer.release("other", "1.0.0", {"x": b"x"})
    return maintainer


@pytest.fixture
def machine(index: Maintainer, tmp_path: Path) -> Machine:
    return installed(tmp_path, index, "demo")


def test_every_style_credits_maker_and_source(machine: Machine) -> None:
    content = machine.call("list", "--json").document[0]["content"]
    for style, title in (
        ("apa", "Two & two"),
        ("bibtex", r"Two \& two"),
        ("csl-json", "Two & two"),
        ("cff", "Two & two"),
    ):
        text = machine.call("cite", "--format", style).expect(0).out
        for wanted in (title, "A. Maker", "Phantoms", "CC-BY-4.0", "Ann Other", content, "MIT AND CC-BY-NC-4.0"):
            assert wanted in text, (style, wanted, text)
    assert len(json.loads(machine.call("cite", "--format", "csl-json").out)) == 2
    (document,) = machine.call("cite", "--format", "bibtex", "--json").expect(0).document
    assert document["text"] == machine.call("cite", "--format", "bibtex").out
    assert (document["name"], document["version"]) == ("zoo/demo", "1.0.0")


def test_a_pack_by_name_that_is_not_locked(machine: Machine) -> None:
    assert machine.call("cite", "other").expect(0).out.startswith("other: other, to be described (Version 1.0.0)")
    machine.call("cite", "nonesuch").expect(4)
    machine.call("cite", "demo@7").expect(4)


def test_offline_with_what_is_trusted(machine: Machine) -> None:
    before = machine.call("cite").expect(0).out
    project = machine.project / "zoo.toml"
    text = project.read_text()
    url = next(line for line in text.splitlines() if line.startswith("url"))
    project.write_text(text.replace(url, 'url = "http://127.0.0.1:1/"'))
    offline = machine.call("cite", "--offline").expect(0)
    assert offline.out.split("Content")[0] == before.split("Content")[0]
    assert machine.call("cite").expect(0).out == offline.out


def test_licenses(machine: Machine) -> None:
    (pack,) = machine.call("licenses", "--json").expect(0).document["packs"]
    assert pack["name"] == "zoo/demo"
    assert pack["files"] == {"MIT AND CC-BY-NC-4.0": 1, "GPL-3.0-only OR LicenseRef-ask": 2}
    told = machine.call("licenses").expect(0).out
    assert "demo 1.0.0  GPL-3.0-only OR LicenseRef-ask  2 files" in told


@pytest.mark.parametrize(
    ("denied", "code", "named"),
    [
        (["GPL-*"], 0, ""),
        (["GPL-*,LicenseRef-*"], 8, "GPL-3.0-only OR LicenseRef-ask (demo 1.0.0, 2 files)"),
        (["GPL-*", "LicenseRef-*"], 8, "GPL-3.0-only OR LicenseRef-ask (demo 1.0.0, 2 files)"),
        (["CC-BY-NC-*"], 8, "MIT AND CC-BY-NC-4.0 (demo 1.0.0, 1 file)"),
        (["CC-BY-4.0"], 0, ""),
        ([""], 0, ""),
    ],
)
def test_denied(machine: Machine, denied: list[str], code: int, named: str) -> None:
    flags = [part for text in denied for part in ("--deny", text)]
    result = machine.call("licenses", *flags).expect(code, named)
    assert "demo 1.0.0" in result.out
    document = machine.call("licenses", *flags, "--json").expect(code, named).document
    assert bool(document["denied"]) is bool(code)


def test_what_a_filter_leaves_out_is_not_denied(machine: Machine) -> None:
    machine.call("install", "demo", "--where", "path=gpl/*").expect(0)
    machine.call("licenses", "--deny", "CC-BY-NC-*").expect(0)


def test_without_a_lock(tmp_path: Path) -> None:
    for verb in ("cite", "licenses"):
        Machine(tmp_path).call(verb).expect(3, "there is no zoo.lock")
