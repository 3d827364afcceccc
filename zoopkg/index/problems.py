"""What went wrong with an index, in one sentence and a hint: tuf's errors in, zoopkg's out. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from securesystemslib.exceptions import Error as SslibError
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)

from zoopkg.errors import IntegrityError, NotOnMirrorsError, OfflineError, ZooError
from zoopkg.index import roles
from zoopkg.index.fetcher import OfflineDownloadError
from zoopkg.model.text import printable

# tuf and securesystemslib raise the last four, too, at metadata that is signed and yet makes no sense to them.
TUF_ERRORS = (RepositoryError, DownloadError, SslibError, ValueError, TypeError, KeyError, RuntimeError)

_MAX_DETAIL = 200
_TIME = "%Y-%m-%d %H:%M UTC"


class BehindError(IntegrityError):
    """What was served must not follow what is already trusted: mostly, it is older."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mirror did not lead to a complete state.

    Attributes:
        mirror: which.
        file: the metadata file that was asked for last.
        error: what tuf said.
        expired: the role that had expired and when, if that was it.
    """

    mirror: str
    file: str
    error: Exception
    expired: tuple[str, datetime] | None = None

    @property
    def unavailable(self) -> bool:
        """Nothing wrong was served: the file could not be had."""
        return isinstance(self.error, DownloadError) and not isinstance(self.error, DownloadLengthMismatchError)


def explain(failures: Sequence[Failure], now: datetime) -> ZooError:
    """The error for an update in which no mirror was complete: what was wrong matters before what was not there.

    Args:
        failures: one for each mirror, in the order in which they were tried.
        now: this machine's clock.
    """
    if not failures:
        return NotOnMirrorsError("the index has no mirror to ask", hint="Name one with --index or --mirror.")
    wrong = next((failure for failure in failures if not failure.unavailable), None)
    if wrong is not None:
        return _integrity(wrong, [failure.mirror for failure in failures], now)
    if all(isinstance(failure.error, OfflineDownloadError) for failure in failures):
        return OfflineError(
            f"the index cannot be asked for {clean(failures[0].file)} offline", hint="Leave out --offline once."
        )
    return _unavailable(failures)


def explain_target(failures: Sequence[Failure]) -> ZooError:
    """The error for a target file that no mirror served as it was signed."""
    wrong = next((failure for failure in failures if not failure.unavailable), None)
    if wrong is not None:
        return IntegrityError(
            f"{clean(wrong.mirror)} serves other bytes for '{clean(wrong.file)}' than the index signed",
            hint="Try another mirror, and report this one to the index's maintainers.",
        )
    if failures and all(isinstance(failure.error, OfflineDownloadError) for failure in failures):
        return OfflineError(f"'{clean(failures[0].file)}' is not on this machine", hint="Leave out --offline once.")
    return _unavailable(failures)


def _unavailable(failures: Sequence[Failure]) -> ZooError:
    first = failures[0]
    others = f", nor had {len(failures) - 1} other mirrors" if len(failures) > 1 else ""
    if isinstance(first.error, DownloadHTTPError):
        return NotOnMirrorsError(
            f"{clean(first.mirror)} has no {clean(first.file)}{others}",
            hint="Check the address of the index; it is the folder that holds timestamp.json.",
        )
    return NotOnMirrorsError(
        f"{clean(first.file)} of the index could not be had: {clean(str(first.error))}{others}",
        hint="Check the network and the address of the index, or use --offline.",
    )


def _integrity(failure: Failure, mirrors: Sequence[str], now: datetime) -> IntegrityError:
    mirror, role, detail = clean(failure.mirror), clean(roles.file_role(failure.file)), clean(str(failure.error))
    if failure.expired is not None:
        return expired(*failure.expired, mirrors, now)
    if isinstance(failure.error, UnsignedMetadataError):
        return IntegrityError(
            f"{mirror} serves {role} metadata that lacks valid signatures of the keys in force ({detail})",
            hint="If the index is meant to have this root, report it to its maintainers; else check --root.",
        )
    if isinstance(failure.error, BadVersionNumberError):
        return BehindError(
            f"{mirror} serves {role} metadata of a version that must not follow what is already trusted ({detail})",
            hint="The mirror is behind or replays old metadata; try another one.",
        )
    return IntegrityError(
        f"{mirror} serves {role} metadata that fails verification ({detail})",
        hint="Try another mirror, and report this one to the index's maintainers.",
    )


def expired(role: str, when: datetime, mirrors: Sequence[str], now: datetime) -> IntegrityError:
    """The error for metadata past its date, with all that is needed to see whose fault it is."""
    places = ", ".join(clean(mirror) for mirror in mirrors) or "this machine's copy"
    return IntegrityError(
        f"the {clean(role)} metadata of the index expired on {when:{_TIME}}, from {places};"
        f" this machine's clock says {now:{_TIME}}",
        hint="If the clock is right, its maintainers must publish anew; --allow-stale DAYS accepts it until then.",
    )


def clean(text: str) -> str:
    """Text from an index or a mirror without control and format characters, and not too much of it."""
    return printable(text, _MAX_DETAIL)
