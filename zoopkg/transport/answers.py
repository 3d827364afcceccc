"""What an HTTP answer means, from its status and headers alone (RFC 9110): which bytes will come, or which error it is.

Pure: no socket, no clock. The content itself is judged by whoever knows what it should be.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NoReturn

from zoopkg.transport.base import ForbiddenError, MissingError, OverlongError, TransportError, TruncatedError
from zoopkg.transport.request import Request
from zoopkg.transport.urls import clean, place, redacted

_FORBIDDEN = (401, 403)
_ABSENT = (401, 403, 404, 410, 451)
_BUSY = (408, 425, 429)

_NUMBER = re.compile(r"[0-9]{1,18}")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{0,500}"')


@dataclass(frozen=True, slots=True)
class Extent:
    """Which bytes of the file will come.

    Attributes:
        start: offset of the first.
        length: how many there must be, or None where only the end of the body tells.
        total: size of the whole file, if the answer tells.
        validator: the strong ETag, or empty.
    """

    start: int
    length: int | None
    total: int | None
    validator: str


def judge(request: Request, status: int, headers: Mapping[str, str], now: datetime) -> Extent:
    """Tell what an answer brings.

    Args:
        request: what was asked for, with the URL that answered.
        status: of the answer, never one of the redirects that were followed.
        headers: of the answer, found by any case.
        now: the time of day, for a Retry-After that names a date.

    Raises:
        MissingError: 401, 403 (ForbiddenError), 404, 410 or 451. Buckets answer 403 for what they do not have.
        OverlongError: the file is larger than the limit.
        TruncatedError: it ends before the span does; 416 says so, too.
        TransportError: any other status but 200 and 206, or headers that do not fit the request.
    """
    if status not in (200, 206):
        _refuse_status(request, status, headers, now)
    _refuse_coding(request, headers)
    validator = strong_etag(headers)
    extent = _part(request, headers, validator) if status == 206 else _whole(request, headers, validator)
    total = extent.total
    if total is not None and total > request.limit:
        raise OverlongError(f"{redacted(request.url)} has {total} bytes where at most {request.limit} were expected")
    if total is not None and request.span and total < request.span.end:
        raise TruncatedError(
            f"{redacted(request.url)} has {total} bytes, and those up to {request.span.end} were asked for"
        )
    return extent


def strong_etag(headers: Mapping[str, str]) -> str:
    """The ETag if it is a strong one (RFC 9110, section 8.8.3), else empty."""
    etag = headers.get("ETag", "").strip()
    return etag if _STRONG_ETAG.fullmatch(etag) else ""


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds to wait that Retry-After asks for (RFC 9110, section 10.2.3), or None.

    A date is taken against the server's own Date where it sent one, since its clock and ours may differ.
    """
    text = headers.get("Retry-After", "").strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    until = _date(text)
    if until is None:
        return None
    return max(0.0, (until - (_date(headers.get("Date", "")) or now)).total_seconds())


def content_length(headers: Mapping[str, str]) -> int | None:
    """The length announced, or None where there is none or it is no number."""
    text = headers.get("Content-Length", "").strip()
    return int(text) if _NUMBER.fullmatch(text) else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else None


def _refuse_status(request: Request, status: int, headers: Mapping[str, str], now: datetime) -> NoReturn:
    answer = f"{redacted(request.url)} answered {_named(status)}"
    if status in _ABSENT:
        hint = f"put the user name and password for {place(request.url)} into your netrc file" if status == 401 else ""
        raise (ForbiddenError if status in _FORBIDDEN else MissingError)(answer, hint=hint)
    if status == 416 and request.span:
        raise TruncatedError(f"{answer} to the bytes from {request.span.start}")
    if status == 407:
        hint = "give the proxy's user name and password in HTTPS_PROXY or HTTP_PROXY"
        raise TransportError(f"{answer}, which comes from a proxy", hint=hint, permanent=True)
    permanent = (status < 500 and status not in _BUSY) or status == HTTPStatus.NOT_IMPLEMENTED
    raise TransportError(answer, retry_after=None if permanent else retry_after(headers, now), permanent=permanent)


def _named(status: int) -> str:
    try:
        return f"HTTP {status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return f"HTTP {status}"


def _refuse_coding(request: Request, headers: Mapping[str, str]) -> None:
    content = headers.get("Content-Encoding", "").strip().lower()
    if content not in ("", "identity"):
        _fail(request, f"came with Content-Encoding {clean(content, 40)!r} though none was accepted")
    transfer = headers.get("Transfer-Encoding", "").strip().lower()
    if transfer not in ("", "chunked"):
        _fail(request, f"came with Transfer-Encoding {clean(transfer, 40)!r}")


def _declared(request: Request, headers: Mapping[str, str]) -> int | None:
    """Content-Length, which Transfer-Encoding overrides (RFC 9112, section 6.3)."""
    if "Transfer-Encoding" in headers or "Content-Length" not in headers:
        return None
    length = content_length(headers)
    if length is None:
        _fail(request, f"came with Content-Length {clean(headers['Content-Length'], 40)!r}")
    return length


def _whole(request: Request, headers: Mapping[str, str], validator: str) -> Extent:
    length = _declared(request, headers)
    return Extent(0, length, length, validator)


def _part(request: Request, headers: Mapping[str, str], validator: str) -> Extent:
    """A 206: one range, starting where it was asked to, and of the file that was meant."""
    span = request.span
    if span is None:
        _fail(request, "sent a part though the whole was asked for")
    if headers.get("Content-Type", "").strip().lower().startswith("multipart/"):
        _fail(request, "sent several parts though one was asked for")
    given = headers.get("Content-Range", "").strip()
    match = _CONTENT_RANGE.fullmatch(given)
    if not match:
        _fail(request, f"came with Content-Range {clean(given, 80)!r}")
    first, last = int(match[1]), int(match[2])
    total = None if match[3] == "*" else int(match[3])
    if first != span.start or not first <= last < span.end or (total is not None and last >= total):
        _fail(request, f"sent the bytes {clean(given, 80)!r} where {span.start}-{span.end - 1} were asked for")
    if _declared(request, headers) not in (None, last - first + 1):
        _fail(request, f"came with Content-Range {clean(given, 80)!r} and another Content-Length")
    if request.validator and validator and validator != request.validator:
        _fail(request, "is no longer the file of which a part was asked for")
    return Extent(first, span.length, total, validator)


def _fail(request: Request, what: str) -> NoReturn:
    raise TransportError(f"{redacted(request.url)} {what}", permanent=True)
