"""Whom to ask for metadata again, and after how long: as long as those that failed ask for, and a minute at most."""

import pytest
from tuf.api.exceptions import DownloadError, RepositoryError

from zoopkg.index import again
from zoopkg.index.problems import Failure
from zoopkg.transport.base import TransportError


def failure(mirror: str, cause: Exception | None) -> Failure:
    error = DownloadError("it could not be had") if cause else RepositoryError("it is wrong")
    error.__cause__ = cause
    return Failure(mirror, "timestamp.json", f"{mirror}/timestamp.json", error)


@pytest.mark.parametrize(
    ("asked", "waited"), [((None, None), 0.5), ((7.0, 20.0), 20.0), ((None, 3.0), 3.0), ((86_400.0, 1.0), 60.0)]
)
def test_all_that_failed_in_passing_are_waited_for(
    asked: tuple[float | None, ...], waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(again.time, "sleep", slept.append)
    monkeypatch.setattr(again.random, "random", lambda: 0.5)
    failures = {str(i): failure(str(i), TransportError("503", retry_after=each)) for i, each in enumerate(asked)}
    failures["wrong"] = failure("wrong", None)
    failures["gone"] = failure("gone", TransportError("no", retry_after=50.0, permanent=True))
    assert again.rested(failures, 1) == ["0", "1"]
    assert slept == [waited]


def test_nobody_is_waited_for_where_none_is_worth_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again.time, "sleep", pytest.fail)
    assert again.rested({}, 1) == []
    assert again.rested({"a": failure("a", None)}, 1) == []
