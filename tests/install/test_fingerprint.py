"""The fingerprint says "nothing to do" only where nothing that matters has changed since."""

import os
from pathlib import Path

import pytest

from zoopkg.install import fingerprint

REPORT = {"instances": 2}


class Case:
    """A data folder whose install completed."""

    def __init__(self, root: Path) -> None:
        self.data, self.store = root / "zoo", root / "store"
        (self.data / ".zoopkg").mkdir(parents=True)
        (self.data / "demo" / "deep").mkdir(parents=True)
        (self.data / "demo" / "a").write_text("a")
        self.texts = {"project": b"[packs]", "lock": b"version = 1"}
        self.settings = {"link-mode": "auto"}
        fingerprint.record(self.data, self.inputs, ["demo", "demo/deep"], REPORT)

    @property
    def inputs(self) -> dict[str, str]:
        return fingerprint.inputs(self.texts, self.store, self.settings)

    @property
    def is_current(self) -> bool:
        return fingerprint.is_current(self.data, self.inputs) is not None

    def revoke(self, text: str) -> None:
        state = self.store / "index" / "abc"
        state.mkdir(parents=True, exist_ok=True)
        (state / "revoked-zoo.json").write_text(text)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_it_gives_the_report_where_nothing_changed(case: Case) -> None:
    assert fingerprint.is_current(case.data, case.inputs) == REPORT


def test_a_lock_of_other_bytes(case: Case) -> None:
    case.texts["lock"] += b"\n"
    assert not case.is_current


def test_other_settings(case: Case) -> None:
    case.settings["link-mode"] = "copy"
    assert not case.is_current


def test_another_store(case: Case) -> None:
    case.store = case.store.with_name("other")
    assert not case.is_current


def test_withdrawals_that_became_known(case: Case) -> None:
    case.revoke("{}")
    assert not case.is_current
    fingerprint.record(case.data, case.inputs, ["demo"], REPORT)
    assert case.is_current
    case.revoke("{ }")
    assert not case.is_current


@pytest.mark.parametrize("path", ["demo/a", "demo/b", "demo/deep/c"])
def test_files_added_or_removed(case: Case, path: str) -> None:
    for folder in ("demo", "demo/deep"):
        os.utime(case.data / folder, ns=(0, 0))
    fingerprint.record(case.data, case.inputs, ["demo", "demo/deep"], REPORT)
    assert case.is_current
    file = case.data / path
    if file.exists():
        file.unlink()
    else:
        file.write_text("new")
    assert not case.is_current


def test_a_folder_that_is_gone(case: Case) -> None:
    (case.data / "demo" / "deep").rmdir()
    assert not case.is_current


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", '{"inputs": {}}', "[" * 100_000, "\xff"])
def test_a_damaged_one_counts_as_absent(case: Case, text: str) -> None:
    (case.data / ".zoopkg" / fingerprint.FILE_NAME).write_bytes(text.encode("latin-1"))
    assert not case.is_current


def test_forgetting(case: Case) -> None:
    fingerprint.forget(case.data)
    assert not case.is_current
    fingerprint.forget(case.data)
