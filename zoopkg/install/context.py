"""What a run works with on this machine: its store, its ways to the network, its indexes. Made from settings, lazily.

The command line makes one from its flags, the Python API from the environment.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from zoopkg.errors import UsageError
from zoopkg.install.settings import web_settings, written

if TYPE_CHECKING:  # an install with nothing to do needs none of these
    from zoopkg.install.indexes import Indexes
    from zoopkg.install.workspace import Workspace
    from zoopkg.store.store import Store
    from zoopkg.transport.base import Opener
    from zoopkg.transport.settings import WebSettings

CONNECTIONS = 4
_VARIABLES = ("DIRECTORY", "STORE", "INDEX", "ROOT", "MIRROR", "OFFLINE", "JOBS")
_YES = frozenset(("1", "true", "t", "yes", "y", "on"))
_NO = frozenset(("", "0", "false", "f", "no", "n", "off"))


@dataclass(frozen=True)
class Context:
    """The settings of a run, and what they make.

    Attributes:
        directory: where to look for the project.
        warn: told what a person should know though the work goes on.
        store_root: the store's folder; the platform's place for it by default.
        index: the index to use, by name, URL or folder.
        root_file: the root to trust that index by.
        mirrors: to try first, as URL templates.
        offline: whether the network is ruled out.
        allow_stale: accept metadata that expired so long ago at most.
        connections: how many downloads to have under way at once.
        web: how to reach the web beyond what the environment says.
    """

    directory: Path
    warn: Callable[[str], None]
    store_root: Path | None = None
    index: str | None = None
    root_file: Path | None = None
    mirrors: tuple[str, ...] = ()
    offline: bool = False
    allow_stale: timedelta = timedelta()
    connections: int = CONNECTIONS
    web: "WebSettings | None" = None

    @classmethod
    def from_environment(
        cls, warn: Callable[[str], None], environment: Mapping[str, str] = os.environ, **given: Any
    ) -> Self:
        """The settings that the ZOOPKG_ variables say, and where they are silent the user's config.toml.

        Args:
            warn: as the attribute.
            environment: the variables.
            given: attributes that come before the variables; those that are None do not.

        Raises:
            UsageError: a variable has a value that means nothing, or there is a mistake in the file.
        """
        config = written(environment)
        configured = dict(config.values) if config else {}
        said = {name: environment.get(f"ZOOPKG_{name}", "").strip() for name in _VARIABLES}
        settings: dict[str, Any] = {
            "directory": Path(said["DIRECTORY"] or "."),
            "store_root": _folder(said["STORE"] or configured.get("store", "")),
            "index": said["INDEX"] or None,
            "root_file": Path(said["ROOT"]) if said["ROOT"] else None,
            "mirrors": tuple(said["MIRROR"].split() or configured.get("mirrors", ())),
            "offline": _flag("OFFLINE", said["OFFLINE"]) if said["OFFLINE"] else configured.get("offline", False),
            "connections": _jobs(said["JOBS"] or str(configured.get("jobs", ""))),
            "web": web_settings(config),
        }
        return cls(warn=warn, **(settings | {name: value for name, value in given.items() if value is not None}))

    @property
    def store_path(self) -> Path:
        """The store's folder."""
        if self.store_root is not None:
            return self.store_root.absolute()
        from zoopkg.store.store import default_root  # noqa: PLC0415

        return default_root()

    @cached_property
    def store(self) -> "Store":
        """The store, made if it is not there."""
        from zoopkg.store.store import Store  # noqa: PLC0415

        return Store.open(self.store_path)

    @cached_property
    def opener(self) -> "Opener":
        """How to reach mirrors, or only files where the network was ruled out."""
        from zoopkg.transport.dispatch import default_opener  # noqa: PLC0415
        from zoopkg.transport.offline import OfflineOpener  # noqa: PLC0415

        return OfflineOpener() if self.offline else default_opener(web=self.web)

    def _has_standing_mirrors(self) -> bool:
        """Whether the user's mirrors are those of the configuration, which holds for projects of any index."""
        config = written() if self.mirrors else None
        return config is not None and tuple(config.values.get("mirrors", ())) == self.mirrors

    def indexes(self, workspace: "Workspace") -> "Indexes":
        """Every index that a project may ask."""
        from zoopkg.install.index_clients import Conditions  # noqa: PLC0415
        from zoopkg.install.indexes import Indexes  # noqa: PLC0415
        from zoopkg.transport.mirror import Mirror  # noqa: PLC0415

        if self.root_file is not None and self.index is None:
            raise UsageError("--root is for the index that --index names", hint="Add --index, or leave out --root.")
        conditions = Conditions(
            store=self.store,
            opener=self.opener,
            offline=self.offline,
            now=now,
            allow_stale=self.allow_stale,
            mirrors=tuple(Mirror.parse(text) for text in self.mirrors),
            warn=self.warn,
            standing=self._has_standing_mirrors(),
        )
        lock = None if workspace.has_conflict else workspace.lock
        return Indexes(workspace.project, lock, workspace.root, conditions, self.index, self.root_file)


def _folder(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def _flag(name: str, text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise UsageError(f"ZOOPKG_{name} is {text[:80]!r}, neither yes nor no", hint="Write 1 or 0.")
    return text.lower() in _YES


def _jobs(text: str) -> int:
    if not text:
        return CONNECTIONS
    if not (text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= 32):
        raise UsageError(f"ZOOPKG_JOBS is {text[:80]!r}, no number from 1 to 32")
    return int(text)


def now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)
