"""Who is asked with the token, and what the service says of tokens and of rates."""

import logging
from datetime import UTC, datetime

import pytest
from release_faults import always, answers, call, once, uploads
from release_pushes import HURRIED, Push, blobs, documents, place_at
from release_simulator import CLASSIC, READER, WRITER, GitHub

from zoopkg.errors import UsageError, ZooError
from zoopkg.mirror.places.github import ReleasePlace
from zoopkg.mirror.places.github_answers import pause_after
from zoopkg.mirror.places.github_api import Waits
from zoopkg.mirror.places.github_service import Service
from zoopkg.transport.api import Answer
from zoopkg.transport.base import TransportError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


# Where it is ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "server", "api"),
    [
        ({}, "https://github.com", "https://api.github.com"),
        ({"GITHUB_SERVER_URL": "https://github.com/"}, "https://github.com", "https://api.github.com"),
        ({"GITHUB_SERVER_URL": "https://octo.ghe.com"}, "https://octo.ghe.com", "https://api.octo.ghe.com"),
        ({"GITHUB_SERVER_URL": "https://git.example"}, "https://git.example", "https://git.example/api/v3"),
        (
            {"GITHUB_SERVER_URL": "https://git.example", "GITHUB_API_URL": "https://api.git.example/"},
            "https://git.example",
            "https://api.git.example",
        ),
        ({"GITHUB_SERVER_URL": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v3"),
    ],
)
def test_the_service_that_the_variables_name(variables, server: str, api: str) -> None:
    assert Service.of(variables) == Service(server, api)


@pytest.mark.parametrize(
    "url",
    ["http://git.example", "git.example", "ftp://x", "https://", "https://me:secret@git.example", "https://a\\b",
     "https://git.example?x", "https://git.example:0", "https://git.example:x", "https://[", "https://x/{digest}"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["GITHUB_SERVER_URL", "GITHUB_API_URL"])
def test_what_no_token_is_sent_to(name: str, url: str) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        Service.of({name: url})
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_API_URL": "https://git.example/api/v3"},
        {"GITHUB_API_URL": "https://api.github.com", "GITHUB_SERVER_URL": "https://git.example"},
        {"GITHUB_API_URL": "https://api.github.com.evil.example"},
    ],
)
def test_the_token_of_one_service_is_not_sent_to_another(variables) -> None:
    with pytest.raises(UsageError, match="which is not the API of"):
        Service.of(variables)


PUBLIC = Service("https://github.com", "https://api.github.com")


@pytest.mark.parametrize(
    ("service", "url", "ours"),
    [
        (PUBLIC, "https://uploads.github.com/repos/o/r/releases/1/assets", True),
        (PUBLIC, "https://api.github.com/x", True),
        (PUBLIC, "http://uploads.github.com/x", False),
        (PUBLIC, "https://uploads.github.com.evil.example/x", False),
        (PUBLIC, "https://uploads.github.com@evil.example/x", False),
        (PUBLIC, "https://evil@uploads.github.com/x", False),
        (PUBLIC, "https://github.io/x", False),
        (PUBLIC, "https://uploads.github.com:443/x", True),
        (PUBLIC, "https://uploads.github.com:8443/x", False),
        (PUBLIC, "https://api.github.com:8443/x", False),
        (PUBLIC, "https://127.0.0.1/x", False),
        (Service("https://git.example:8443", "https://git.example:8443/api/v3"), "https://git.example:8443/x", True),
        (Service("https://git.example:8443", "https://git.example:8443/api/v3"), "https://git.example/x", False),
        (Service("http://127.0.0.1:80", "http://127.0.0.1:80"), "http://127.0.0.1:81/x", True),
        (Service("http://127.0.0.1:80", "http://127.0.0.1:80"), "http://[::1]:80/x", False),
        (Service("https://o.ghe.com", "https://api.o.ghe.com"), "https://uploads.o.ghe.com/x", True),
        (Service("https://o.ghe.com", "https://api.o.ghe.com"), "https://uploads.github.com/x", False),
        (Service("https://git.example", "https://git.example/api/v3"), "https://git.example/api/uploads/x", True),
        (Service("https://git.example", "https://git.example/api/v3"), "https://uploads.git.example/x", True),
    ],
)
def test_hosts_for_uploads(service: Service, url: str, ours: bool) -> None:
    assert service.takes_uploads_at(url) is ours


def test_the_template_is_a_plain_url() -> None:
    place = ReleasePlace("octo/zoo", environment={"GH_CONFIG_DIR": "/nonexistent", "PATH": ""})
    assert place.template == "https://github.com/octo/zoo/releases/download/{origin}/{digest}"


# Who is asking --------------------------------------------------------------------------------------------------------


def test_the_token_goes_to_the_api_and_its_uploads_alone(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one") | documents(n1_root=b"root"))
    push.run(place_at(github))
    place = place_at(github)
    seen = place.timestamp()
    assert seen
    place.replace_timestamp(b"new", seen)
    sent = {
        host: {each.headers.get("authorization") for each in github.asked if each.host == host} for host in github.url
    }
    assert sent == {"api": {f"Bearer {WRITER}"}, "uploads": {f"Bearer {WRITER}"}, "web": set(), "storage": {None}}


def test_netrc_is_left_alone(github: GitHub, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    place_at(github, token="").survey([])
    assert [each.headers.get("authorization") for each in github.asked] == [None]


def test_no_upload_goes_to_a_strange_host(github: GitHub, sources) -> None:
    github.url["uploads"] = "http://127.0.0.2:9"
    with pytest.raises(TransportError, match="a host that is not its own"):
        Push(sources, blobs(b"one")).put(place_at(github))


def test_a_redirected_upload_is_not_followed(github: GitHub, sources) -> None:
    github.misbehave(always(uploads, answers(307, "Temporary Redirect", Location=f"{github.url['storage']}/x")))
    with pytest.raises(ZooError, match="has moved"):
        Push(sources, blobs(b"one")).put(place_at(github))
    assert github.requests("storage") == []


def test_looking_takes_no_token(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one"))
    push.run(place_at(github))
    place = place_at(github, token="")
    assert place.survey(push.files.keys()) == push.files.keys()
    seen = place.timestamp()
    assert seen
    assert seen.data == push.timestamp


@pytest.mark.parametrize("work", ["put", "replace_timestamp", "remove"])
def test_writing_takes_a_token(github: GitHub, sources, work: str) -> None:
    push = Push(sources, blobs(b"one"))
    push.run(place_at(github))
    github.asked.clear()
    ((file, path),) = Push(sources, blobs(b"two") if work == "put" else blobs(b"one")).paths.items()
    arguments = {"put": (file, path), "remove": ([file.name],)}
    place = place_at(github, token="")
    arguments["replace_timestamp"] = (b"new", place.timestamp())
    with pytest.raises(ZooError, match=r"writing to 127\.0\.0\.1/octo/zoo needs a token") as caught:
        getattr(place, work)(*arguments[work])
    assert "GITHUB_TOKEN" in caught.value.hint
    assert "contents: write" in caught.value.hint
    assert {each.method for each in github.asked} == {"GET"}


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (READER, "does not let the token create the release zoo.* of .*octo/zoo: Resource not accessible by personal"),
        (CLASSIC, "the token may not create the release zoo.* of .*octo/zoo, or there is no such repository"),
    ],
)
def test_a_token_that_may_not_write(github: GitHub, sources, token: str, told: str) -> None:
    with pytest.raises(ZooError, match=told) as caught:
        Push(sources, blobs(b"one")).put(place_at(github, token=token))
    assert "contents: write" in caught.value.hint


def test_a_token_that_is_none(github: GitHub) -> None:
    with pytest.raises(ZooError, match="does not accept the token") as caught:
        place_at(github, token="ghp_revoked-by-now").survey([])
    assert "ghp_revoked" not in str(caught.value) + caught.value.hint
    assert len(github.asked) == 1


def test_a_service_that_wants_a_token_to_look(github: GitHub) -> None:
    github.misbehave(always(call("GET"), answers(401, "Must authenticate to access this API.")))
    with pytest.raises(ZooError, match="wants a token for octo/zoo"):
        place_at(github, token="").survey([])


def test_a_repository_that_nobody_sees(github: GitHub) -> None:
    github.private = True
    with pytest.raises(ZooError, match="no repository octo/zoo, or shows it to those with a token"):
        place_at(github, token="").survey([])
    assert place_at(github).survey([]) == set()


# Limits of rate -------------------------------------------------------------------------------------------------------


def limited(status: int = 403, body: bytes = b"{}", **headers: str) -> Answer:
    from requests.structures import CaseInsensitiveDict

    named = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    return Answer("https://api.github.com/", status, named, body)


RESET = str(int(NOON.timestamp()) + 120)


@pytest.mark.parametrize(
    ("answer", "turn", "seconds"),
    [
        (limited(retry_after="7"), 0, 7.0),
        (limited(429, retry_after="7", x_ratelimit_remaining="0", x_ratelimit_reset=RESET), 3, 7.0),
        (limited(x_ratelimit_remaining="0", x_ratelimit_reset=RESET), 0, 121.0),
        (limited(x_ratelimit_remaining="0", x_ratelimit_reset="1"), 0, 1.0),
        (limited(429), 0, 60.0),
        (limited(429), 2, 240.0),
        (limited(429, x_ratelimit_remaining="0", x_ratelimit_reset="²"), 0, 60.0),
        (limited(429, x_ratelimit_remaining="0", x_ratelimit_reset="9" * 400), 0, 60.0),
        (limited(429, x_ratelimit_remaining="0", x_ratelimit_reset="9" * 5000), 0, 60.0),
        (limited(body=b'{"message": "You have exceeded a secondary rate limit."}'), 1, 120.0),
        (limited(body=b'{"message": "Resource not accessible"}', x_ratelimit_remaining="4999"), 0, None),
        (limited(200, x_ratelimit_remaining="0", x_ratelimit_reset=RESET), 0, None),
        (limited(503, retry_after="7"), 0, None),
    ],
)
def test_how_long_to_wait(answer: Answer, turn: int, seconds: float | None) -> None:
    assert pause_after(answer, turn, NOON) == seconds


def test_a_push_waits_and_goes_on(github: GitHub, sources) -> None:
    waits: list[float] = []
    told: list[str] = []
    github.misbehave(
        once(call("GET"), answers(429, Retry_After="1799")),
        once(uploads, answers(403, "You have exceeded a secondary rate limit")),
    )
    push = Push(sources, blobs(b"one"))
    push.run(place_at(github, waits=Waits(sleep=waits.append), warn=told.append))
    assert push.whole(github)
    assert waits == [1799.0, 60.0]
    assert told == ["127.0.0.1 has had too many requests; going on in 30 minutes"]


def test_threads_that_wait_together_say_so_once(github: GitHub) -> None:
    told: list[str] = []
    github.misbehave(*(once(call("GET"), answers(429, Retry_After="30")) for _ in range(3)))
    place_at(github, warn=told.append).survey([])
    assert told == ["127.0.0.1 has had too many requests; going on in 30 s"]


def test_a_limit_that_lasts_too_long_is_told(github: GitHub) -> None:
    github.misbehave(always(call("GET"), answers(403, X_RateLimit_Remaining="0", X_RateLimit_Reset="99999999999")))
    with pytest.raises(ZooError, match=r"takes no more requests for [0-9,]+ minutes") as caught:
        place_at(github).survey([])
    assert "stays" in caught.value.hint
    assert len(github.asked) == 1


def test_a_limit_that_never_ends_is_told(github: GitHub) -> None:
    github.misbehave(always(call("GET"), answers(429)))
    with pytest.raises(ZooError, match="takes no more requests"):
        place_at(github).survey([])
    assert len(github.asked) == 6


def test_without_ears_the_log_is_told(github: GitHub, caplog: pytest.LogCaptureFixture) -> None:
    github.misbehave(once(call("GET"), answers(429, Retry_After="1")))
    with caplog.at_level(logging.WARNING, "zoopkg"):
        ReleasePlace(github.repository, environment=github.environment(), waits=HURRIED).survey([])
    assert "too many requests" in caplog.text
