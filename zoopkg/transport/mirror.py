"""One mirror: a template that makes a blob's URL. Asks nothing of it; `zoopkg.transport.mirrors` does."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from zoopkg.errors import UsageError
from zoopkg.model.blob import INDEX_ORIGIN, Blob
from zoopkg.transport.file import url_of
from zoopkg.transport.shorthand import refuse_mistyped, template_of
from zoopkg.transport.urls import clean, place, redacted

_PLACEHOLDERS = ("digest", "origin", "cid")
_PLACEHOLDER = re.compile(r"\{(digest|origin|cid)\}")
# Two letters at least, since one is a drive of Windows.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//|(?<=file:)/)")
_HINTS = {"ipfs": "name a gateway: https://GATEWAY/ipfs/{cid}"}


@dataclass(frozen=True, slots=True, repr=False)
class Mirror:
    """A place that holds blobs.

    Attributes:
        template: a URL with `{digest}` (the blob's file name), `{origin}` (its first release) or `{cid}`.
    """

    template: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The mirror that a user or an index names: a URL or a folder, plus `/{digest}` if it has no placeholder.

        Short names are understood, too (see `zoopkg.transport.shorthand`).

        Raises:
            UsageError: it has an unknown placeholder, names no blob, or is of a scheme that cannot be read.
        """
        if short := template_of(text):
            return cls(short)
        template = _as_url(text)
        used = set(_PLACEHOLDER.findall(text))
        if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
            known = ", ".join(f"{{{name}}}" for name in _PLACEHOLDERS)
            raise UsageError(f"the mirror '{redacted(text)}' has an unknown placeholder; there are {known}")
        if not used:
            if "?" in template:
                raise UsageError(f"the mirror '{redacted(text)}' has a query and does not say where {{digest}} belongs")
            template = template.rstrip("/") + "/{digest}"
        elif used == {"origin"}:
            raise UsageError(f"the mirror '{redacted(text)}' has neither {{digest}} nor {{cid}}, so it names no blob")
        return cls(template)

    def url(self, blob: Blob) -> str | None:
        """Where the mirror holds the blob, if it does; None where it is found by what nobody told of the blob."""
        values = {"digest": blob.name, "origin": blob.origin, "cid": blob.cid}
        if not all(values[name] for name in _PLACEHOLDER.findall(self.template)):
            return None
        return _PLACEHOLDER.sub(lambda match: values[match[1]], self.template)

    @property
    def documents(self) -> str | None:
        """Where the mirror holds an index's metadata and documents, whose name goes into `{digest}`; None if it cannot.

        They are of no release, so `{origin}` is `index`, which may be the tag of one. A CID names none of them.
        """
        return None if "{cid}" in self.template else self.template.replace("{origin}", INDEX_ORIGIN)

    def __str__(self) -> str:
        """The mirror in a message: its host, with what of its path is the same for all blobs, or its folder."""
        if self.template.startswith("file:"):
            return place(self.template)
        return redacted(self.template).partition("://")[2].partition("{")[0].rstrip("/?…")

    def __repr__(self) -> str:
        return f"Mirror({redacted(self.template)!r})"


def _as_url(text: str) -> str:
    """The text itself if it is a URL, else that of the folder it names, with its placeholders as they were."""
    match = _URL.match(text)
    if not match:
        if not text.strip():
            raise UsageError("a mirror needs a URL or a folder")
        refuse_mistyped(text)
        return re.sub(r"%7B(digest|origin|cid)%7D", r"{\1}", url_of(text))
    scheme = match[1].lower()
    if scheme not in ("file", "http", "https"):
        raise UsageError(
            f"the mirror '{redacted(text)}' is of a scheme that cannot be read: {clean(scheme)}",
            hint=_HINTS.get(scheme, "mirrors are folders, and URLs of file, http and https"),
        )
    try:
        parts = urlsplit(text)
        sound = bool(parts.hostname or scheme == "file") and not parts.fragment and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"the mirror '{redacted(text)}' is not a URL")
    return text
