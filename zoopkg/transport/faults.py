"""What an exception of requests, urllib3, ssl or the socket means, as one `TransportError` in words. Raises nothing."""

import ssl
from collections.abc import Iterator
from socket import gaierror

import requests
import urllib3.exceptions

from zoopkg.transport.base import StalledError, TransportError
from zoopkg.transport.pace import TooSlowError
from zoopkg.transport.urls import clean, place, redacted

FAULTS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError)

_STALLS = (TooSlowError, urllib3.exceptions.ReadTimeoutError, TimeoutError)
_MALFORMED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
    UnicodeError,
)


def failure(url: str, error: Exception) -> TransportError:
    """The error to raise for an exception that opening or reading this URL ended in."""
    chain = list(_chain(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TransportError(
                f"the certificate of {place(url)} could not be verified: {clean(cause.verify_message)}",
                hint="name the authority to trust in REQUESTS_CA_BUNDLE if the host is behind one of your own",
                permanent=True,
            )
    if any(isinstance(cause, _MALFORMED) for cause in chain):
        return TransportError(f"'{redacted(url)}' is not a URL that can be asked", permanent=True)
    kind = StalledError if any(isinstance(cause, _STALLS) for cause in chain) else TransportError
    return kind(f"{redacted(url)} {_happened(chain)}")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and those that led to it, the last cause last."""
    for _ in range(20):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _happened(chain: list[BaseException]) -> str:
    for kinds, words in _WORDS:
        for cause in chain:
            if isinstance(cause, kinds):
                return words
    system = next((cause for cause in reversed(chain) if isinstance(cause, OSError) and cause.strerror), None)
    if system is not None:
        return f"could not be reached: {clean(str(system.strerror))}"
    return f"could not be read: {type(chain[-1]).__name__}"


_WORDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (TooSlowError, "sends too slowly"),
    (gaierror, "could not be reached: its name could not be resolved"),
    (urllib3.exceptions.ProxyError, "could not be reached through the proxy"),
    (requests.ConnectTimeout, "did not accept a connection in time"),
    ((urllib3.exceptions.ReadTimeoutError, TimeoutError), "stalled: it sent nothing in time"),
    (urllib3.exceptions.IncompleteRead, "stopped early"),
    ((ConnectionResetError, ConnectionAbortedError, BrokenPipeError), "closed the connection"),
    (ssl.SSLError, "failed in the TLS connection"),
)
