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
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)

from zoopkg.errors import IntegrityError, NotOnMirrorsError, OfflineError, ZooError
from zoopkg.index import roles
from zoopkg.index.fetcher import OfflineDownloadError, shown
from zoopkg.model.text import printable
from zoopkg.transport.base import TransportError
from zoopkg.transport.urls import redacted

# tuf and securesystemslib raise the last four, too, at metadata that is signed and yet makes no sense to them.
TUF_ERRORS = (RepositoryError, DownloadError, SslibError, ValueError, TypeError, KeyError, RuntimeError)

_MAX_DETAIL = 200
_TIME = "%Y-%m-%d %H:%M UTC"


class BehindError(IntegrityError):
    """What was served must not follow what is already trusted: mostly, it is older."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mirror did not lead to a complete state, or did not serve a target.

    Attributes:
        mirror: which; empty for this machine's copy.
        file: the metadata file that was asked for last, or the target's path.
        url: where the file was sought.
        error: what tuf said.
        expired: the role that had expired and when, if that was it.
    """

    mirror: str
    file: str
    url: str
    error: Exception
    expired: tuple[str, datetime] | None = None

    @property
    def unavailable(self) -> bool:
        """Nothing wrong was served: the file could not be had."""
        return isinstance(self.error, DownloadError) and not isinstance(self.error, DownloadLengthMismatchError)

    @property
    def absent(self) -> bool:
        """The mirror answers, and does not have the file."""
        return isinstance(self.error, DownloadHTTPError)

    @property
    def transient(self) -> bool:
        """Asking again may end in another way."""
        cause = self.error.__cause__
        return self.unavailable and isinstance(cause, TransportError) and not cause.permanent

    @property
    def blobs_only(self) -> bool:
        """The mirror has no timestamp, so it does not claim to have metadata."""
        return self.absent and self.file == roles.TIMESTAMP_FILE

    @property
    def reason(self) -> str:
        """What is wrong with the mirror, to be read after its name and a colon."""
        if self.expired is not None:
            return f"its {clean(self.expired[0])} metadata expired on {self.expired[1]:{_TIME}}"
        return self._not_had() if self.unavailable else self._wrong()

    def _not_had(self) -> str:
        """What the transport said, without the URL, which begins its sentences."""
        file, cause = clean(self.file), self.error.__cause__
        if self.absent:
            return f"has no {file}" if self.blobs_only else f"is incomplete, it has no {file}"
        if isinstance(cause, TransportError):
            return clean(cause.message.removeprefix(redacted(self.url)).strip())
        return f"{file} could not be had ({clean(str(self.error))})"

    def _wrong(self) -> str:
        file, role, detail = clean(self.file), clean(roles.file_role(self.file)), clean(str(self.error))
        for kind, words in (
            (DownloadLengthMismatchError, f"sends more bytes for {file} than are allowed"),
            (LengthOrHashMismatchError, f"serves other bytes for {file} than the index signed"),
            (UnsignedMetadataError, f"its {role} metadata is not signed by the keys of the index"),
            (BadVersionNumberError, f"serves old {role} metadata ({detail})"),
        ):
            if isinstance(self.error, kind):
                return words
        return f"its {role} metadata fails verification ({detail})"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person should know of a mirror though another one served.

    Attributes:
        mirror: its base URL or template.
        reason: what is wrong, to be read after its name and a colon.
        silent: it did not answer, or not in time.
        foreign: it mirrors another index, which where a person's mirrors serve several indexes is no fault.
    """

    mirror: str
    reason: str
    silent: bool = False
    foreign: bool = False

    def __str__(self) -> str:
        return f"{clean(shown(self.mirror))}: {self.reason}"


FOREIGN = "is a mirror of another index, whose root differs"


def explain(failures: Sequence[Failure], now: datetime, foreign: Sequence[str] = ()) -> ZooError:
    """The error for an update in which no mirror was complete: what was wrong matters before what was not there.

    Args:
        failures: one for each mirror, in the order in which they were tried.
        now: this machine's clock.
        foreign: those of them that mirror another index, which is nothing wrong.
    """
    if not failures:
        return NotOnMirrorsError("the index has no mirror to ask", hint="Name one with --index or --mirror.")
    if len(failures) == 1:
        return _explain_one(failures[0], now)
    wrong = [failure for failure in failures if not failure.unavailable and failure.mirror not in foreign]
    reasons = [
        str(Problem(failure.mirror, FOREIGN if failure.mirror in foreign else failure.reason)) for failure in failures
    ]
    clock = f"; this machine's clock says {now:{_TIME}}" if any(failure.expired for failure in failures) else ""
    message = f"no mirror of the index is good ({'; '.join(reasons)}){clock}"
    if wrong:
        return IntegrityError(message, hint=_explain_one(wrong[0], now).hint)
    if all(isinstance(failure.error, OfflineDownloadError) for failure in failures):
        return _explain_one(failures[0], now)
    return NotOnMirrorsError(message, hint=_explain_one(failures[0], now).hint)


def _explain_one(failure: Failure, now: datetime) -> ZooError:
    if not failure.unavailable:
        return _integrity(failure, now)
    if isinstance(failure.error, OfflineDownloadError):
        return OfflineError(
            f"the index cannot be asked for {clean(failure.file)} offline", hint="Leave out --offline once."
        )
    return _unavailable(failure)


def explain_target(failures: Sequence[Failure]) -> ZooError:
    """The error for a target file that no mirror served as it was signed."""
    wrong = next((failure for failure in failures if not failure.unavailable), None)
    others = [str(Problem(failure.mirror, failure.reason)) for failure in failures if failure is not wrong]
    if wrong is not None:
        return IntegrityError(
            f"{clean(shown(wrong.mirror))} serves other bytes for '{clean(wrong.file)}' than the index signed"
            + (f" ({'; '.join(others)})" if others else ""),
            hint="Try another mirror, and report this one to the index's maintainers.",
        )
    if failures and all(isinstance(failure.error, OfflineDownloadError) for failure in failures):
        return OfflineError(f"'{clean(failures[0].file)}' is not on this machine", hint="Leave out --offline once.")
    if len(failures) == 1:
        return _unavailable(failures[0])
    return NotOnMirrorsError(
        f"no mirror of the index has {clean(failures[0].file)} ({'; '.join(others)})",
        hint="Check the network, or ask the index's maintainers.",
    )


def _unavailable(failure: Failure) -> ZooError:
    file = clean(failure.file)
    if failure.absent:
        return NotOnMirrorsError(
            f"{clean(shown(failure.mirror))} has no {file}",
            hint="Check the address of the index; it is the folder that holds timestamp.json.",
        )
    return NotOnMirrorsError(
        f"{file} of the index could not be had: {clean(str(failure.error))}",
        hint="Check the network and the address of the index, or use --offline.",
    )


def _integrity(failure: Failure, now: datetime) -> IntegrityError:
    mirror = clean(shown(failure.mirror)) if failure.mirror else "this machine's copy"
    role, detail = clean(roles.file_role(failure.file)), clean(str(failure.error))
    if failure.expired is not None:
        return _expired(*failure.expired, mirror, now)
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


def _expired(role: str, when: datetime, place: str, now: datetime) -> IntegrityError:
    """The error for metadata past its date, with all that is needed to see whose fault it is."""
    return IntegrityError(
        f"the {clean(role)} metadata of the index expired on {when:{_TIME}}, from {place};"
        f" this machine's clock says {now:{_TIME}}",
        hint="If the clock is right, its maintainers must publish anew; --allow-stale DAYS accepts it until then.",
    )


def clean(text: str) -> str:
    """Text from an index or a mirror without control and format characters, and not too much of it."""
    return printable(text, _MAX_DETAIL)
