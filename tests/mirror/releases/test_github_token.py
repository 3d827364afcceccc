"""Where the token for GitHub comes from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zoopkg.errors import ZooError
from zoopkg.mirror.places.github_token import token_for, token_in

NOWHERE = {"PATH": "", "GH_CONFIG_DIR": "/nonexistent"}
HOSTS = """\
github.com:
    users:
        octo:
            oauth_token: gho_of-the-user
    git_protocol: https
    oauth_token: gho_stored
    user: octo
git.example:
    oauth_token: "gho_other"
empty.example:
"""


@pytest.mark.parametrize(
    ("host", "variables", "token"),
    [
        ("github.com", {}, ""),
        ("github.com", {"GITHUB_TOKEN": "a"}, "a"),
        ("github.com", {"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}, "b"),
        ("github.com", {"GITHUB_TOKEN": " a\n", "GH_TOKEN": "  "}, "a"),
        ("github.com", {"GH_ENTERPRISE_TOKEN": "a"}, ""),
        ("octo.ghe.com", {"GH_TOKEN": "a"}, "a"),
        ("git.example", {"GH_TOKEN": "a"}, ""),
        ("git.example", {"GITHUB_TOKEN": "a"}, "a"),
        ("git.example", {"GITHUB_TOKEN": "a", "GITHUB_ENTERPRISE_TOKEN": "b"}, "b"),
        ("git.example", {"GITHUB_ENTERPRISE_TOKEN": "b", "GH_ENTERPRISE_TOKEN": "c"}, "c"),
        ("github.com.evil.example", {"GH_TOKEN": "a"}, ""),
        ("evilghe.com", {"GH_TOKEN": "a"}, ""),
    ],
)
def test_variables(host: str, variables, token: str) -> None:
    assert token_for(host, NOWHERE | variables) == token


@pytest.mark.parametrize("text", ["two words", "naïve", "line\nbreak", "x" * 5000])
def test_what_is_no_token_is_told_and_not_shown(text: str) -> None:
    with pytest.raises(ZooError, match="GITHUB_TOKEN holds no token") as caught:
        token_for("github.com", NOWHERE | {"GITHUB_TOKEN": text})
    assert text not in str(caught.value)


def gh(folder: Path, script: str) -> dict[str, str]:
    """An environment with a `gh` that does this."""
    path = folder / "gh"
    path.write_text(f"#!{sys.executable}\nimport sys\n{script}\n")
    path.chmod(0o755)
    return NOWHERE | {"PATH": str(folder)}


@pytest.mark.skipif(os.name == "nt", reason="needs executable scripts")
def test_gh_is_asked_for_the_host(tmp_path: Path) -> None:
    environment = gh(tmp_path, "print('gho_' + '-'.join(sys.argv[1:]))")
    assert token_for("git.example", environment) == "gho_auth-token---hostname-git.example"
    assert token_for("github.com", environment | {"GITHUB_TOKEN": "first"}) == "first"


@pytest.mark.skipif(os.name == "nt", reason="needs executable scripts")
@pytest.mark.parametrize(
    "script", ["sys.exit(1)", "print('no oauth token'); sys.exit(1)", "print('two words')", "pass"]
)
def test_a_gh_that_has_none_is_no_harm(tmp_path: Path, script: str) -> None:
    assert token_for("github.com", gh(tmp_path, script)) == ""


def test_a_gh_that_cannot_run_or_hangs_is_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = gh(tmp_path, "pass")
    for error in (OSError("no"), subprocess.TimeoutExpired("gh", 1)):
        monkeypatch.setattr(subprocess, "run", lambda *_, error=error, **__: (_ for _ in ()).throw(error))
        assert token_for("github.com", environment) == ""


@pytest.mark.parametrize(
    "text", ["", ":", "github.com:\n", "github.com:\n oauth_token", "\0", "- github.com:\n  x: y", "{"]
)
def test_other_text_holds_none(text: str) -> None:
    assert token_in(text, "github.com") == ""


def test_the_file_of_gh_where_there_is_no_gh(tmp_path: Path) -> None:
    for folder, variables in (
        (tmp_path / "one", {"GH_CONFIG_DIR": str(tmp_path / "one")}),
        (tmp_path / "two/gh", {"XDG_CONFIG_HOME": str(tmp_path / "two")}),
        (tmp_path / "three/.config/gh", {"HOME": str(tmp_path / "three")}),
    ):
        folder.mkdir(parents=True)
        (folder / "hosts.yml").write_text(HOSTS)
        assert token_for("github.com", {"PATH": "", **variables}) == "gho_stored"


@pytest.mark.parametrize(
    ("host", "token"),
    [
        ("github.com", "gho_stored"),
        ("git.example", "gho_other"),
        ("empty.example", ""),
        ("example", ""),
        ("github", ""),
    ],
)
def test_hosts_of_the_file(host: str, token: str) -> None:
    assert token_in(HOSTS, host) == token
    assert token_in(HOSTS.replace("\n", "\r\n"), host) == token
