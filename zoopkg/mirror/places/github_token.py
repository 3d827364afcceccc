"""The token for GitHub: from the environment, else what its command line tool `gh` has stored. Sends it nowhere.

The order is that of gh (https://cli.github.com/manual/gh_help_environment), but that GITHUB_TOKEN counts for any server
that GITHUB_SERVER_URL names, since the runners of GitHub Actions set both together.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from zoopkg.errors import ZooError

_PATIENCE = 20.0
_MAX_HOSTS = 1 << 20
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


def variables_for(host: str) -> tuple[str, ...]:
    """The variables that may hold a token for a server, the first that is set counting."""
    if host == "github.com" or host.endswith(".ghe.com"):
        return ("GH_TOKEN", "GITHUB_TOKEN")
    return ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_TOKEN")


def token_for(host: str, environment: Mapping[str, str] = os.environ) -> str:
    """The token for a server, or the empty string where nobody has one.

    Args:
        host: of the server, without a port: github.com.
        environment: the variables of the process.

    Raises:
        ZooError: a variable holds what cannot be a token.
    """
    for name in variables_for(host):
        if text := environment.get(name, "").strip():
            if not _TOKEN.fullmatch(text):
                raise ZooError(f"{name} holds no token", hint="A token is one word of ASCII characters.")
            return text
    stored = _asked(host, environment) or _written(host, environment)
    return stored if _TOKEN.fullmatch(stored) else ""


def _asked(host: str, environment: Mapping[str, str]) -> str:
    """What gh says, which may keep its tokens in the system's keyring."""
    gh = shutil.which("gh", path=environment.get("PATH"))
    if gh is None:
        return ""
    try:
        result = subprocess.run(
            [gh, "auth", "token", "--hostname", host],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=dict(environment),
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return "" if result.returncode else result.stdout.decode("ascii", "replace").strip()


def _written(host: str, environment: Mapping[str, str]) -> str:
    """The token in gh's own file, for machines that have the file and not the command."""
    try:
        with (_gh_folder(environment) / "hosts.yml").open(encoding="utf-8", errors="replace") as file:
            text = file.read(_MAX_HOSTS)
    except OSError:
        return ""
    return token_in(text, host)


def token_in(text: str, host: str) -> str:
    """The token for a host in the text of a `hosts.yml`: of its YAML, only the plain lines that gh writes are read."""
    inside, margin = False, None
    for line in text.splitlines():
        key, _, value = line.partition(":")
        indent = len(line) - len(line.lstrip(" "))
        if not indent:
            inside, margin = key == host, None
        elif inside and line.strip():
            margin = indent if margin is None else margin
            if indent == margin and key.strip() == "oauth_token":
                return value.strip().strip("\"'")
    return ""


def _gh_folder(environment: Mapping[str, str]) -> Path:
    if folder := environment.get("GH_CONFIG_DIR"):
        return Path(folder)
    if folder := environment.get("XDG_CONFIG_HOME"):
        return Path(folder) / "gh"
    if os.name == "nt" and (folder := environment.get("AppData")):
        return Path(folder) / "GitHub CLI"
    return Path(environment.get("HOME") or Path.home()) / ".config" / "gh"
