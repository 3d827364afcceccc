"""Short names of places, and the URL templates by which anybody reads them: `github:OWNER/REPO`, `gs://…`, `s3://…`.

The variables that lead the tools of these services elsewhere (an enterprise's own GitHub, an emulator, another
service of the same protocol) lead readers there, too. Opens nothing.
"""

import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from zoopkg.errors import UsageError
from zoopkg.transport.urls import clean, redacted

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
# A scheme (two letters at least, since one is a drive of Windows), `user@host:`, a scheme that lacks its colon, a host.
_ELSEWHERE = re.compile(
    r"[a-z][a-z0-9+.-]+:|[^/\\:]+@[^/\\:]+:|(?P<known>s3|gs|https?|github)//|(?:www\.)?github\.com/", re.IGNORECASE
)
_REGION = re.compile(r"[a-z0-9-]{0,40}")
_SPECIAL = re.compile(r"[?#{}\\]")


def template_of(text: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The template of a place that is named in short, or None for a name of another kind.

    Args:
        text: what the user or the index named.
        environment: the variables of the process.

    Raises:
        UsageError: it begins like a short name, and is none.
    """
    for prefix, make in _KINDS.items():
        if text.lower().startswith(prefix):
            return make(text[len(prefix) :], text, environment)
    return None


def is_short(text: str) -> bool:
    """Whether a text begins like a short name."""
    return text.lower().startswith(tuple(_KINDS))


def refuse_mistyped(text: str) -> None:
    """Refuse what looks like a place elsewhere, and is of no kind that is known, unless a folder is called so.

    Raises:
        UsageError: with how it may have been meant.
    """
    match = _ELSEWHERE.match(text)
    if not match or os.path.exists(text.partition("{")[0].rstrip("/\\")):
        return
    _, at, shown = text.rpartition("@")  # before it could be a password
    known = match["known"]
    hint = f"Write {known}:{'' if known == 'github' else '//'}…" if known else f"For a folder, write ./{clean(shown)}."
    if "github.com" in match[0].lower():
        hint = "Write github:OWNER/REPO."
    raise UsageError(f"'{'…@' if at else ''}{clean(shown)}' is no place of a kind that is known", hint=hint)


def bucket_of(text: str, scheme: str = "") -> tuple[str, str]:
    """The bucket and the prefix of `gs://BUCKET/PREFIX` or `s3://BUCKET/PREFIX`; the prefix may be empty.

    Args:
        text: as the user wrote it; a slash at its end changes nothing.
        scheme: which of the two it must be.

    Raises:
        UsageError: it names no bucket, or the parts of its prefix would not mean the same in a URL as in a key.
    """
    found, _, rest = text.partition("://")
    bucket, _, path = rest.partition("/")
    prefix = path.removesuffix("/")
    parts = prefix.split("/") if prefix else []
    if (scheme and found.lower() != scheme) or not _BUCKET.fullmatch(bucket) or not all(map(_is_plain, parts)):
        kind = scheme or clean(found)
        raise UsageError(
            f"'{redacted(text)}' is not the address of a bucket",
            hint=f"Write {kind}://BUCKET or {kind}://BUCKET/PREFIX.",
        )
    return bucket, prefix


def _is_plain(part: str) -> bool:
    """Whether a part of a path means the same in a key as in a URL, which clients shorten by `.` and `..`."""
    return part not in ("", ".", "..") and part.isprintable() and not _SPECIAL.search(part)


def _github(repository: str, text: str, environment: Mapping[str, str]) -> str:
    if not _REPOSITORY.fullmatch(repository) or repository.rpartition("/")[2] in (".", ".."):
        raise UsageError(f"'{clean(text)}' names no repository", hint="Write github:OWNER/REPO.")
    server = _server(environment, "GITHUB_SERVER_URL") or "https://github.com"
    return f"{server}/{repository}/releases/download/{{origin}}/{{digest}}"


def _gcs(_: str, text: str, environment: Mapping[str, str]) -> str:
    server = _server(environment, "STORAGE_EMULATOR_HOST") or "https://storage.googleapis.com"
    return _below(server, *bucket_of(text))


def _s3(_: str, text: str, environment: Mapping[str, str]) -> str:
    bucket, prefix = bucket_of(text)
    if server := _server(environment, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        return _below(server, bucket, prefix)
    return _below(amazon(bucket, _region(environment)), prefix)


def amazon(bucket: str, region: str) -> str:
    """The URL of a bucket of Amazon for anybody; without a region, Amazon redirects to where it is."""
    host = ".".join(
        ["s3", *([region] if region else []), "amazonaws.com", *(["cn"] if region.startswith("cn-") else [])]
    )
    if "." in bucket:  # the certificate of the host is good for one label before it
        return f"https://{host}/{bucket}"
    return f"https://{bucket}.{host}"


def _region(environment: Mapping[str, str]) -> str:
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
    if not _REGION.fullmatch(region):
        raise UsageError("AWS_REGION, or AWS_DEFAULT_REGION, names no region", hint="Write one like eu-west-1.")
    return region


_KINDS: Mapping[str, Callable[[str, str, Mapping[str, str]], str]] = {"github:": _github, "gs://": _gcs, "s3://": _s3}


def _below(server: str, *path: str) -> str:
    return "/".join([server, *(quote(part) for part in path if part), "{digest}"])


def _server(environment: Mapping[str, str], *variables: str) -> str:
    """The first of these variables that says where the service is, as a URL without a slash at its end.

    Raises:
        UsageError: it is no URL: the tools of these services refuse it, too.
    """
    for variable in variables:
        if said := environment.get(variable):
            if not said.startswith(("http://", "https://")):
                raise UsageError(f"{variable} must be a URL", hint="Write http:// before it.")
            return said.rstrip("/")
    return ""
