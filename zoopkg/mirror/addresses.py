"""From the address of a place to the adapter that writes there, each imported when it is wanted. Writes nothing.

    folder, file:///…                       FolderPlace(folder: Path)
    github:OWNER/REPO                       ReleasePlace(repository: str)
    s3://BUCKET/PREFIX, gs://BUCKET/PREFIX  S3Place(address: str), GcsPlace(address: str)
    ipfs+http://HOST:PORT                   IpfsPlace(address: str)
    car:FILE                                CarPlace(path: Path)

Those on the web take `web: WebSettings | None` by keyword, too.
"""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoopkg.errors import UsageError, ZooError
from zoopkg.mirror.place import Place
from zoopkg.mirror.places.folder import FolderPlace
from zoopkg.transport.file import path_of
from zoopkg.transport.urls import redacted

if TYPE_CHECKING:
    from zoopkg.transport.settings import WebSettings

# Two letters at least, since one is a drive of Windows.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_WRITTEN = "Mirrors are written to folders, github:OWNER/REPO, s3://…, gs://…, ipfs+http://… and car:FILE."


def is_local(text: str) -> bool:
    """Whether a place is on this machine, so that no network is needed."""
    match = _SCHEME.match(text)
    return match is None or match[1].lower() in ("file", "car") or match[1].lower() not in _OPENERS


def open_place(text: str, *, web: "WebSettings | None" = None) -> Place:
    """The place at an address.

    Args:
        text: as the user wrote it.
        web: how to reach the web beyond what the environment says.

    Raises:
        UsageError: nothing writes to such an address.
        ZooError: the place refuses (no credentials, no such bucket), or what writes there is not installed.
    """
    match = _SCHEME.match(text)
    scheme, rest = (match[1].lower(), text[match.end() :]) if match else ("", text)
    if not text.strip():
        raise UsageError("a mirror is written to a place, and none was named", hint=_WRITTEN)
    if scheme in ("http", "https"):
        raise UsageError(
            f"'{redacted(text)}' can be read, and not written to",
            hint="Name what is behind it: a folder, github:OWNER/REPO, s3://…, gs://…",
        )
    opener = _OPENERS.get(scheme)
    if opener is None and rest.startswith("//") and scheme:
        raise UsageError(f"nothing writes to '{redacted(text)}'", hint=_WRITTEN)
    return opener(text, rest, web) if opener else FolderPlace(Path(text))


def _class(module: str, name: str) -> Any:
    """An adapter's class; those of buckets need libraries that a user of packs does not."""
    try:
        return getattr(import_module(f"zoopkg.mirror.places.{module}"), name)
    except ImportError as error:
        raise ZooError(
            f"writing there needs a library that is not installed ({error.name})",
            hint="Install it: python -m pip install 'zoopkg[publish]'",
        ) from error


def _file(text: str, _: str, __: "WebSettings | None") -> Place:
    return FolderPlace(Path(path_of(text)))


def _github(_: str, rest: str, web: "WebSettings | None") -> Place:
    place: Place = _class("github", "ReleasePlace")(rest, web=web)
    return place


def _s3(text: str, _: str, web: "WebSettings | None") -> Place:
    place: Place = _class("s3", "S3Place")(text, web=web)
    return place


def _gcs(text: str, _: str, web: "WebSettings | None") -> Place:
    place: Place = _class("gcs", "GcsPlace")(text, web=web)
    return place


def _ipfs(text: str, _: str, web: "WebSettings | None") -> Place:
    place: Place = _class("ipfs", "IpfsPlace")(text, web=web)
    return place


def _car(_: str, rest: str, __: "WebSettings | None") -> Place:
    place: Place = _class("car", "CarPlace")(Path(rest))
    return place


_OPENERS: dict[str, Callable[[str, str, "WebSettings | None"], Place]] = {
    "file": _file,
    "github": _github,
    "s3": _s3,
    "gs": _gcs,
    "ipfs+http": _ipfs,
    "ipfs+https": _ipfs,
    "car": _car,
}
