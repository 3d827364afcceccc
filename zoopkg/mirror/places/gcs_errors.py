"""What an exception of Google's libraries means, as one of ours in one sentence. Retries nothing: they did."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zoopkg.errors import ZooError
from zoopkg.mirror.places.bucket import BucketAddress
from zoopkg.transport.base import TransportError
from zoopkg.transport.faults import FAULTS, failure
from zoopkg.transport.urls import clean

_LOG_IN = "Run: gcloud auth application-default login; or set GOOGLE_APPLICATION_CREDENTIALS to the file of a key."


@contextmanager
def explaining_gcs(address: BucketAddress, done: str) -> Iterator[None]:
    """Turn what Google's libraries raise within into errors of ours.

    Args:
        address: where.
        done: what was being done there: "read", "written to", "cleared".
    """
    from google.api_core import exceptions as google
    from google.auth import exceptions as auth
    from google.cloud.storage.exceptions import DataCorruption

    try:
        yield
    except google.GoogleAPICallError as error:
        raise _answered(address, done, error) from error
    except google.RetryError as error:
        raise _unreachable(address, error.cause or error) from error
    except DataCorruption as error:
        raise _damaged(address) from error
    except auth.DefaultCredentialsError as error:
        raise ZooError(f"there are no usable Google credentials for {address}", hint=_LOG_IN) from error
    except auth.TransportError as error:
        raise _unreachable(address, error) from error
    except auth.GoogleAuthError as error:
        raise ZooError(
            f"the Google credentials for {address} are refused: {clean(str(error))}", hint=_LOG_IN
        ) from error
    except (*FAULTS, ValueError) as error:
        raise _unreachable(address, error) from error


def _unreachable(address: BucketAddress, error: BaseException) -> TransportError:
    if isinstance(error, FAULTS):
        return failure(str(address), error)
    return TransportError(f"{address} could not be reached: {clean(str(error))}")


def _answered(address: BucketAddress, done: str, error: Any) -> ZooError:
    said = _said(error)
    if error.code in (401, 403):
        return ZooError(
            f"{address} may not be {done} with these credentials",
            hint="They need the role roles/storage.objectUser on the bucket.",
        )
    if error.code == 404:
        return ZooError(f"there is no bucket {address.bucket}", hint="Create it, or check its name.")
    if error.code == 400 and "match calculated" in said:
        return _damaged(address)
    permanent = error.code < 500 and error.code not in (408, 429)
    return TransportError(f"{address} could not be {done}: HTTP {error.code} ({clean(said)})", permanent=permanent)


def _damaged(address: BucketAddress) -> TransportError:
    return TransportError(f"what was sent to {address} arrived damaged, and was refused")


def _said(error: Any) -> str:
    """The sentence in an answer of the JSON API, or else the name of its status."""
    try:
        return str(error.response.json()["error"]["message"])
    except (AttributeError, LookupError, TypeError, ValueError):
        return str(getattr(error.response, "reason", ""))
