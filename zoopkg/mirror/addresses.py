"""From the address of a place to the adapter that writes there, each imported when it is wanted. Writes nothing.

    folder, file:///…                       FolderPlace(folder: Path)
    github:OWNER/REPO                       ReleasePlace(repository: str)
    s3://BUCKET/PREFIX, gs://BUCKET/PREFIX  S3Place(address: str), GcsPlace(address: str)
    ipfs+http://HOST:PORT                   IpfsPlace(address: str)
    car:FILE                                CarPlace(path: Path)

Those on the web take `web: WebSettings | None` by keyword, too, and releases `warn`.
"""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoopkg.errors import UsageError
from zoopkg.mirror.place import Place
from zoopkg.mirror.places.folder import FolderPlace
from zoopkg.transport.file import path_of
from zoopkg.transport.shorthand import refuse_mistyped
from zoopkg.transport.urls import redacted

if TYPE_CHECKING:
    from zoopkg.transport.settings import WebSettings

# Two letters at least, since one is a drive of Windows.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_WRITTEN = "Mirrors are written to folders, github:OWNER/REPO, s3://…, gs://…, ipfs+http://… and car:FILE."
_ON_THE_NETWORK = {
    "github": ("github", "ReleasePlace"),
    "s3": ("s3", "S3Place"),
    "gs": ("gcs", "GcsPlace"),
    "ipfs+http": ("ipfs", "IpfsPlace"),
    "ipfs+https": ("ipfs", "IpfsPlace"),
}


def is_local(text: str) -> bool:
    """Whether a place is on this machine, so that no network is needed."""
    return _scheme(text) not in _ON_THE_NETWORK


def open_place(text: str, *, web: "WebSettings | None" = None, warn: Callable[[str], None] | None = None) -> Place:
    """The place at an address.

    Args:
        text: as the user wrote it.
        web: how to reach the web beyond what the environment says.
        warn: told why nothing happens for a while; the logger `zoopkg` by default.

    Raises:
        UsageError: nothing writes to such an address.
        ZooError: the place refuses (no credentials, no such bucket), or what writes there is not installed.
    """
    scheme = _scheme(text)
    rest = text[len(scheme) + 1 :]
    if scheme in _ON_THE_NETWORK:
        adapter = _class(*_ON_THE_NETWORK[scheme])
        place: Place = adapter(rest, web=web, warn=warn) if scheme == "github" else adapter(text, web=web)
        return place
    if scheme == "car":
        file: Place = _class("car", "CarPlace")(Path(rest))
        return file
    if scheme == "file":
        return FolderPlace(Path(path_of(text)))
    return FolderPlace(Path(_folder(text, scheme, rest)))


def _scheme(text: str) -> str:
    match = _SCHEME.match(text)
    return match[1].lower() if match else ""


def _folder(text: str, scheme: str, rest: str) -> str:
    """The text, if it may name a folder."""
    if not text.strip():
        raise UsageError("a mirror is written to a place, and none was named", hint=_WRITTEN)
    if scheme in ("http", "https"):
        raise UsageError(
            f"'{redacted(text)}' can be read, and not written to",
            hint="Name what is behind it: a folder, github:OWNER/REPO, s3://…, gs://…",
        )
    if scheme and rest.startswith("//"):
        raise UsageError(f"nothing writes to '{redacted(text)}'", hint=_WRITTEN)
    refuse_mistyped(text)
    return text


def _class(module: str, name: str) -> Any:
    """An adapter's class; those of buckets say themselves which library they lack."""
    return getattr(import_module(f"zoopkg.mirror.places.{module}"), name)
