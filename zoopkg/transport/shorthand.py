"""Short names of places, and the URL templates by which anybody reads them: `github:OWNER/REPO`, `gs://…`, `s3://…`.

The variables that lead the tools of these services elsewhere (an enterprise's own GitHub, an emulator, another
service of the same protocol) lead readers there, too. Opens nothing.
"""

import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from zoopkg.errors import UsageError
from zoopkg.transport.urls import clean

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
# A scheme (two letters at least, since one is a drive of Windows), `user@host:`, a scheme that lacks its colon, a host.
_ELSEWHERE = re.compile(
    r"[a-z][a-z0-9+.-]+:|[^/\\:]+@[^/\\:]+:|(?P<known>s3|gs|https?|github)//|(?:www\.)?github\.com/", re.IGNORECASE
)
_SPECIAL = re.compile(r"[\x00-\x1f\x7f?#{}\\]")


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


def bucket_of(text: str) -> tuple[str, str]:
    """The bucket and the prefix of `gs://BUCKET/PREFIX` or `s3://BUCKET/PREFIX`; the prefix may be empty.

    Raises:
        UsageError: it names no bucket, or has characters that no prefix of an index has.
    """
    bucket, _, prefix = text.partition("://")[2].partition("/")
    if not _BUCKET.fullmatch(bucket) or _SPECIAL.search(prefix):
        scheme = text.partition(":")[0]
        raise UsageError(
            f"'{clean(text)}' names no bucket", hint=f"Write {scheme}://BUCKET or {scheme}://BUCKET/PREFIX."
        )
    return bucket, "/".join(part for part in prefix.split("/") if part)


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
    if "." in bucket:  # the certificate of *.s3.amazonaws.com is good for one label
        return _below("https://s3.amazonaws.com", bucket, prefix)
    return _below(f"https://{bucket}.s3.amazonaws.com", prefix)


_KINDS: Mapping[str, Callable[[str, str, Mapping[str, str]], str]] = {"github:": _github, "gs://": _gcs, "s3://": _s3}


def _below(server: str, *path: str) -> str:
    return "/".join([server, *(quote(part) for part in path if part), "{digest}"])


def _server(environment: Mapping[str, str], *variables: str) -> str:
    """The first of these variables that says where the service is, as a URL without a slash at its end."""
    said = next((environment[variable] for variable in variables if environment.get(variable)), "").rstrip("/")
    return f"http://{said}" if said and "://" not in said else said
