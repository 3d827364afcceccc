"""What an exception of botocore means, as one of ours in one sentence. Retries nothing: botocore did.

The codes are those of the S3 API Reference, "Error responses"; answers to HEAD have none, and then the status counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zoopkg.errors import ZooError
from zoopkg.mirror.places.bucket import BucketAddress
from zoopkg.transport.base import TransportError
from zoopkg.transport.urls import clean

_LOG_IN = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws sso login"
_RIGHTS = "Its policy must allow what docs/publishing-buckets.md lists."

_UNMET = frozenset(
    {"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey", "NoSuchUpload", "InvalidPart"}
)
_BY_CODE = {
    "NoSuchBucket": ("there is no bucket {bucket}", "Create it, or check its name and AWS_ENDPOINT_URL_S3."),
    "InvalidAccessKeyId": ("{where} does not know the access key", _LOG_IN),
    "SignatureDoesNotMatch": ("the secret key for {where} is wrong", _LOG_IN),
    "ExpiredToken": ("the credentials for {where} have expired", _LOG_IN),
    "InvalidToken": ("the session token for {where} is not valid", _LOG_IN),
    "RequestTimeTooSkewed": ("this machine's clock is too far off for {where}", "Set the clock."),
    "AccessDenied": ("{where} may not be {done} with these credentials", _RIGHTS),
    "NotImplemented": (
        "the store behind {where} cannot create a file only if there is none (If-None-Match)",
        "Nothing was written, since two publishers could overwrite one another there. Use another store.",
    ),
    "PermanentRedirect": ("the bucket {bucket} is in another region", "Set AWS_REGION to the bucket's."),
    "AuthorizationHeaderMalformed": ("the bucket {bucket} is in another region", "Set AWS_REGION to the bucket's."),
}
_BY_STATUS = {
    301: "PermanentRedirect",
    401: "AccessDenied",
    403: "AccessDenied",
    404: "NoSuchBucket",
    501: "NotImplemented",
}
_DAMAGED = ("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody")


@contextmanager
def explaining_s3(address: BucketAddress, done: str) -> Iterator[None]:
    """Turn what botocore raises within into errors of ours.

    Args:
        address: where.
        done: what was being done there: "read", "written to", "cleared".
    """
    from botocore import exceptions as boto

    no_credentials = (
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
        boto.TokenRetrievalError,
        boto.SSOError,
        boto.UnauthorizedSSOTokenError,
    )
    try:
        yield
    except boto.ClientError as error:
        raise _answered(address, done, error.response) from error
    except no_credentials as error:
        raise ZooError(f"there are no usable AWS credentials for {address}", hint=_LOG_IN) from error
    except (boto.ProfileNotFound, boto.ConfigParseError, boto.InvalidRegionError, ValueError) as error:
        raise ZooError(f"{address} cannot be asked: {clean(str(error))}") from error
    except KeyError as error:
        raise TransportError(
            f"the store behind {address} answers without {clean(str(error))}", permanent=True
        ) from error
    except (boto.BotoCoreError, boto.HTTPClientError) as error:
        raise TransportError(f"{address} could not be {done}: {clean(str(error))}") from error


def is_unmet(error: Any) -> bool:
    """Whether a ClientError says that the condition of a write did not hold, or that another upload finished first."""
    return error.response.get("Error", {}).get("Code") in _UNMET


def is_missing(error: Any) -> bool:
    """Whether a ClientError says that there is no such object."""
    return error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404")


def _answered(address: BucketAddress, done: str, response: dict[str, Any]) -> ZooError:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    told = response.get("Error", {})
    code = told.get("Code", "")
    known = _BY_CODE.get(code) or _BY_CODE.get(_BY_STATUS.get(status, ""))
    if known:
        sentence, hint = known
        return ZooError(sentence.format(bucket=address.bucket, where=address, done=done), hint=hint)
    if code in _DAMAGED:
        return TransportError(f"what was sent to {address} arrived damaged, and was refused ({clean(code, 60)})")
    saying = clean(f"{code} {told.get('Message', '')}".strip() or str(status))
    return TransportError(f"{address} could not be {done}: {saying}", permanent=status < 500 and status != 429)
