"""Role names, thresholds, expiries and file names of an index. Pure; knows nothing of signatures.

The names are those of the TUF specification (https://theupdateframework.github.io/specification/latest/).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from zoopkg.errors import UsageError
from zoopkg.model.names import PackName

ROOT, TARGETS, SNAPSHOT, TIMESTAMP = "root", "targets", "snapshot", "timestamp"
TOP_LEVEL = (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)

EXPIRY_DAYS = {ROOT: 365, TARGETS: 182, SNAPSHOT: 14, TIMESTAMP: 7}
NAMESPACE_EXPIRY_DAYS = 182
MAX_TIMESTAMP_DAYS = 30
_NOTICE_DAYS = {SNAPSHOT: 2, TIMESTAMP: 2}
_NOTICE_BY_HAND = 30

MIRRORS_TARGET = "mirrors.json"
STAGED = "staged"
TIMESTAMP_FILE = "timestamp.json"

_NAMESPACE_PREFIX = "ns-"


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """Who may sign for a role: the names of key files, and how many of them must."""

    names: tuple[str, ...]
    threshold: int = 1


@dataclass(frozen=True, slots=True)
class Dates:
    """When metadata is made, and how long it is good for.

    Attributes:
        now: this machine's clock, UTC.
        days: instead of what is the custom of each role.
        starter: the index ships inside a release, so that even a timestamp may last longer than 30 days.
    """

    now: datetime
    days: int | None = None
    starter: bool = False

    def expiry(self, role: str) -> datetime:
        """When metadata of a role that is made now expires; metadata states whole seconds."""
        custom = EXPIRY_DAYS.get(role, NAMESPACE_EXPIRY_DAYS)
        return self.now.replace(microsecond=0) + timedelta(days=self.days or custom)


def namespace_role(namespace: str) -> str:
    """The delegated role that signs for a namespace."""
    return _NAMESPACE_PREFIX + namespace


def role_namespace(role: str) -> str | None:
    """The namespace that a delegated role signs for, or None for a role of another kind."""
    return role.removeprefix(_NAMESPACE_PREFIX) if role.startswith(_NAMESPACE_PREFIX) else None


def is_namespace(text: str) -> bool:
    """Whether this may be a namespace's name."""
    try:
        return PackName.parse(f"{text}/x").namespace == text
    except UsageError:
        return False


def is_signed_by_hand(role: str) -> bool:
    """Whether this names a role that is staged for signatures: root, targets, or a namespace's."""
    return role in (ROOT, TARGETS) or is_namespace(role_namespace(role) or "")


def notice_days(role: str) -> int:
    """How many days before a role expires somebody should be told."""
    return _NOTICE_DAYS.get(role, _NOTICE_BY_HAND)


def metadata_file(role: str, version: int) -> str:
    """The file name of a role's metadata; the timestamp's alone has no version."""
    return TIMESTAMP_FILE if role == TIMESTAMP else f"{version}.{quote(role, '')}.json"


def file_version(name: str) -> int:
    """The version in a metadata file's name; 0 where it has none."""
    version = name.partition(".")[0]
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


def target_file(path: str, sha256: str) -> str:
    """The flat file name of a target: without its directory, since release assets know none."""
    return f"{sha256}.{path.rpartition('/')[2]}"


def record_target(namespace: str, name: str) -> str:
    """The target path of a pack's record."""
    return f"{namespace}/{name}.json"


def recorded(path: str) -> PackName | None:
    """The pack whose record a target path is, or None where it is that of another document."""
    try:
        name = PackName.parse(path.removesuffix(".json"))
    except UsageError:
        return None
    return name if path == record_target(name.namespace, name.name) else None


def catalog_target(namespace: str) -> str:
    """The target path of a namespace's catalog; no pack's name begins with an underscore."""
    return f"{namespace}/_catalog.json"


def revoked_target(namespace: str) -> str:
    """The target path of what a namespace withdrew."""
    return f"{namespace}/_revoked.json"


def file_role(name: str) -> str:
    """The role whose metadata a file name stands for, as people read it."""
    stem = unquote(name.removesuffix(".json"))
    version, dot, role = stem.partition(".")
    return role if dot and version.isdigit() else stem
