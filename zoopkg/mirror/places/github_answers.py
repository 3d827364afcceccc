"""What answers of GitHub's REST API mean: wait, try again, or an error in words. Pure.

The facts are those of https://docs.github.com/en/rest/using-the-rest-api.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from zoopkg.errors import ZooError
from zoopkg.mirror.places.github_service import NEEDS, Account
from zoopkg.transport.answers import retry_after
from zoopkg.transport.api import Answer
from zoopkg.transport.base import TransportError
from zoopkg.transport.urls import clean, redacted

_SECONDS = re.compile(r"[0-9]{1,18}")


def pause_after(answer: Answer, turn: int, now: datetime) -> float | None:
    """How many seconds to wait before the same may be asked again, None where no limit of rate was met.

    By https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: as Retry-After says, else until
    the reset, else a minute, and twice as long each further turn.
    """
    if answer.status not in (403, 429):
        return None
    asked = retry_after(answer.headers, now)
    if asked is not None:
        return asked
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if answer.headers.get("X-RateLimit-Remaining") == "0" and _SECONDS.fullmatch(reset):
        return max(float(reset) - now.timestamp(), 0.0) + 1.0
    if answer.status == 429 or b"rate limit" in answer.body.lower():
        return 60.0 * (1 << turn)
    return None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the service refused.

    Attributes:
        text: fit for a message.
        codes: of each error its field and code, `("name", "already_exists")` for instance.
    """

    text: str
    codes: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The problem that an answer tells of, whatever its shape."""
        try:
            document = answer.json()
        except TransportError:
            document = None
        document = document if isinstance(document, dict) else {}
        errors = document.get("errors")
        errors = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
        told = [str(document.get("message", "no reason")), *(str(e["message"]) for e in errors[:3] if "message" in e)]
        codes = frozenset((str(error.get("field")), str(error.get("code"))) for error in errors)
        return cls(clean("; ".join(each.rstrip(".") for each in told)), codes)


def require_service(answer: Answer, account: Account, now: datetime) -> Answer:
    """The answer, if it is the service's own to what it was asked.

    Raises:
        TransportError: the service, or a proxy, fails.
        ZooError: the token is not accepted.
    """
    if answer.status >= 500 or answer.status == 408:
        raise TransportError(
            f"{redacted(answer.url)} answered HTTP {answer.status}", retry_after=retry_after(answer.headers, now)
        )
    if answer.status == 401:
        what = "does not accept the token" if account.token else "wants a token"
        hint = f"Log in with `gh auth login`, or set GITHUB_TOKEN to one that is good. {NEEDS}"
        raise ZooError(f"{account.service.host} {what} for {account.repository}", hint=hint)
    return answer


def refusal(answer: Answer, account: Account, doing: str, *, writing: bool) -> ZooError:
    """The error for an answer that is not what was hoped for: raise what this returns.

    Args:
        answer: of the service.
        account: who asked.
        doing: what was tried, such as "create the release index".
        writing: whether it needed the permission to write.
    """
    host, problem = account.service.host, Problem.of(answer)
    if answer.status == 404 and writing:
        return ZooError(f"the token may not {doing} of {account}, or there is no such repository", hint=NEEDS)
    if answer.status == 404:
        hint = "Check its name." if account.token else "Check its name, or set GITHUB_TOKEN."
        seen = "does not show it to this token" if account.token else "shows it to those with a token alone"
        return ZooError(f"{host} has no repository {account.repository}, or {seen}", hint=hint)
    if answer.status in (301, 307, 308):
        return ZooError(f"the repository {account} has moved", hint="Name it as it is called now.")
    if answer.status == 403 and writing:
        return ZooError(f"{host} does not let the token {doing} of {account}: {problem.text}", hint=NEEDS)
    hint = ""
    if "immutable" in problem.text:
        hint = "Nothing can be added to immutable releases, so they never hold an index. Switch them off there."
    return ZooError(f"{host} does not {doing} of {account}: HTTP {answer.status}, {problem.text}", hint=hint)
