"""The folders of a platform: ours are always those that platformdirs tells."""

import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from platformdirs import user_config_path, user_data_path

from zoopkg.store.places import default_root, user_config_folder

VALUES = (None, "", " ", "relative", "~/some", "/absolute", "/trailing/", "/spaced ", "//two", "/a//b/../c")


def told(folder: Callable[[], Path]) -> Path | str:
    """The folder, or the kind of error where none can be told."""
    try:
        return folder()
    except RuntimeError as error:
        return type(error).__name__


def put(monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None) -> None:
    if value is None:
        monkeypatch.delenv(variable, raising=False)
    else:
        monkeypatch.setenv(variable, value)


@pytest.mark.parametrize(("xdg", "home"), list(product(VALUES, (*VALUES, "/", "//"))))
def test_they_are_those_of_platformdirs(monkeypatch: pytest.MonkeyPatch, xdg: str | None, home: str | None) -> None:
    put(monkeypatch, "HOME", home)
    put(monkeypatch, "XDG_DATA_HOME", xdg)
    put(monkeypatch, "XDG_CONFIG_HOME", xdg)
    assert told(default_root) == told(lambda: user_data_path("zoopkg", appauthor=False) / "store")
    assert told(user_config_folder) == told(lambda: user_config_path("zoopkg", appauthor=False))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is always asked")
def test_the_plain_case_is_not_asked_of_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/someone")
    assert default_root() == Path("/home/someone/.local/share/zoopkg/store")
    assert user_config_folder() == Path("/etc/someone/zoopkg")
    monkeypatch.setenv("HOME", "")
    with pytest.raises(ImportError):
        default_root()
