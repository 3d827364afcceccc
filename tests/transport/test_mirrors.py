"""Mirrors: what text names one, in which order they are asked, and what is said when none has it."""

from dataclasses import replace

import pytest
from transport import hostile as does
from transport.hostile import hostile

from zoopkg.errors import IntegrityError, NotOnMirrorsError, UsageError
from zoopkg.model.blob import Blob, BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.transport.base import MissingError, TransportError
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors

DATA = bytes(range(256)) * 20


def blob_of(data):
    hasher = BlobHasher()
    hasher.update(data)
    return hasher.blob(BlobKind.MANIFEST, "zoo.ct-basic-1.4.2")


BLOB = blob_of(DATA)


# One mirror -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://zoo.example", f"https://zoo.example/{BLOB.name}"),
        ("https://zoo.example/a/", f"https://zoo.example/a/{BLOB.name}"),
        ("HTTPS://zoo.example", f"HTTPS://zoo.example/{BLOB.name}"),
        ("https://me:pw@zoo.example:8443", f"https://me:pw@zoo.example:8443/{BLOB.name}"),
        ("https://h/o/r/{origin}/{digest}", f"https://h/o/r/zoo.ct-basic-1.4.2/{BLOB.name}"),
        ("https://gate.example/ipfs/{cid}", f"https://gate.example/ipfs/{BLOB.cid}"),
        ("https://{cid}.ipfs.example/", f"https://{BLOB.cid}.ipfs.example/"),
        ("https://h/get?name={digest}&sig=x", f"https://h/get?name={BLOB.name}&sig=x"),
        ("/srv/my zoo", f"file:///srv/my%20zoo/{BLOB.name}"),
        ("/srv/{origin}/{digest}", f"file:///srv/zoo.ct-basic-1.4.2/{BLOB.name}"),
        ("file:///srv/zoo/", f"file:///srv/zoo/{BLOB.name}"),
        ("file:/srv/zoo", f"file:/srv/zoo/{BLOB.name}"),
    ],
)
def test_urls(text, url):
    assert Mirror.parse(text).url(BLOB) == url


def test_relative_folders_are_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Mirror.parse("blobs") == Mirror.parse(str(tmp_path / "blobs"))
    assert Mirror.parse("blobs").url(BLOB) == (tmp_path / "blobs" / BLOB.name).as_uri()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://h/{sha256}", "unknown placeholder"),
        ("https://h/{digest", "unknown placeholder"),
        ("https://h/{}", "unknown placeholder"),
        ("/srv/{name}", "unknown placeholder"),
        ("https://h/{origin}", "names no blob"),
        ("https://h/get?sig=x", "query"),
        ("https://", "not a URL"),
        ("https://h:port/", "not a URL"),
        ("https://[h/", "not a URL"),
        ("https://h/#part", "not a URL"),
        ("gs://", "no bucket"),
        ("s3://bucket/{digest}", "no bucket"),
        ("github:owner", "no repository"),
        ("ipfs://bafy", "scheme"),
        ("", "needs a URL"),
        (" ", "needs a URL"),
    ],
)
def test_what_names_no_mirror(text, why):
    with pytest.raises(UsageError, match=why):
        Mirror.parse(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pw@zoo.example:8443", "zoo.example:8443"),
        ("https://github.com/o/r/releases/download/{origin}/{digest}", "github.com/o/r/releases/download"),
        ("https://h/get?sig=pw&name={digest}", "h/get"),
        ("/srv/my zoo", "/srv/my zoo"),
    ],
)
def test_a_mirror_shows_its_place_and_no_secrets(text, shown):
    mirror = Mirror.parse(text)
    assert str(mirror) == shown
    assert "pw" not in repr(mirror)


# Several --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def warnings():
    return []


@pytest.fixture
def of(warnings):
    """Mirrors of these places, asked once each."""
    opener = default_opener(attempts=1)
    return lambda *places: Mirrors([Mirror.parse(str(place)) for place in places], opener, warn=warnings.append)


@pytest.fixture
def full(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / BLOB.name).write_bytes(DATA)
    return tmp_path / "full"


@pytest.fixture
def empty(tmp_path):
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def order(mirrors):
    return [str(mirror) for mirror, _ in mirrors.candidates(BLOB)]


def test_the_first_that_has_it_gives_it(of, empty, full):
    mirrors = of(empty, full, "http://never.invalid")
    assert mirrors.fetch(BLOB) == DATA
    assert order(mirrors)[0] == str(empty)


def test_a_mirror_that_fails_is_asked_later(of, full):
    with hostile(does.status(503)) as server:
        mirrors = of(server.url, full)
        assert [mirrors.fetch(BLOB) for _ in range(3)] == [DATA] * 3
    assert len(server.asked) == 1
    assert order(mirrors)[0] == str(full)


@pytest.mark.parametrize(
    ("behaviour", "what"),
    [
        (does.flipped(DATA, 77), "other bytes than"),
        (does.serve(DATA[:-1]), f"has {len(DATA) - 1} bytes and not {len(DATA)}"),
        (does.longer(DATA, declared=True), f"at most {len(DATA)}"),
        (does.endless(), "more than"),
        (does.html(), "a web page"),
    ],
)
def test_wrong_bytes_name_the_mirror(of, warnings, full, behaviour, what):
    with hostile(behaviour) as server:
        mirrors = of(server.url, full)
        assert mirrors.fetch(BLOB) == DATA
    assert len(warnings) == 1
    assert what in warnings[0]
    assert server.url.removeprefix("http://") in warnings[0]
    assert order(mirrors)[-1] == server.url.removeprefix("http://")


def test_a_blob_of_unknown_size_is_judged_by_its_digest(of, warnings, full):
    unknown = replace(BLOB, size=0)
    with hostile(does.flipped(DATA, 77)) as server:
        assert of(server.url, full).fetch(unknown) == DATA
    assert len(warnings) == 1


def test_a_mirror_by_cid_or_origin_is_passed_over_where_a_lock_tells_the_digest_alone(of):
    bare = Blob.known_by_digest(BLOB.kind, BLOB.digest)
    mirrors = of("http://a/ipfs/{cid}", "http://b/{origin}/{digest}", "http://c/")
    assert [url for _, url in mirrors.candidates(bare)] == [f"http://c/{BLOB.name}"]


def test_wrong_bytes_rank_below_failures(of):
    mirrors = of("http://a", "http://b", "http://c", "http://d", "http://e")
    a, b, c, d = (Mirror.parse(f"http://{name}") for name in "abcd")
    mirrors.report_wrong_bytes(a, "a blob")
    for _ in range(3):
        mirrors.report_failure(b, TransportError("stalled"))
    mirrors.report_failure(c, TransportError("stalled"))
    mirrors.report_failure(d, MissingError("lacks it"))
    assert order(mirrors) == ["d", "e", "c", "b", "a"]


def test_reports_count_for_the_mirrors_still_to_come(of):
    mirrors = of("http://a", "http://b", "http://c")
    candidates = mirrors.candidates(BLOB)
    next(candidates)
    b = Mirror.parse("http://b")
    mirrors.report_failure(b, TransportError("stalled"))
    assert [mirror for mirror, _ in candidates] == [Mirror.parse("http://c"), b]


def test_a_mirror_named_twice_is_asked_once(of, empty):
    assert order(of(empty, empty, f"{empty}/")) == [str(empty)]


def test_when_none_has_it_each_answer_is_told(of, empty):
    with (
        hostile(does.status(404)) as lacks,
        hostile(does.status(503)) as fails,
        pytest.raises(NotOnMirrorsError) as caught,
    ):
        of(empty, lacks.url, fails.url).fetch(BLOB, "the manifest of zoo/ct-basic 1.4.2")
    message = caught.value.message
    assert message.startswith("no mirror had the manifest of zoo/ct-basic 1.4.2 (")
    assert f"{empty}: does not exist" in message
    assert f"{lacks.url.removeprefix('http://')}: answered HTTP 404 (Not Found)" in message
    assert f"{fails.url.removeprefix('http://')}: answered HTTP 503 (Service Unavailable)" in message
    assert caught.value.exit_code == 6


def test_when_none_has_it_and_one_lied(of, empty, warnings):
    with hostile(does.flipped(DATA, 0)) as lies, pytest.raises(IntegrityError, match="other bytes") as caught:
        of(lies.url, empty).fetch(BLOB)
    assert caught.value.exit_code == 5
    assert len(warnings) == 1


def test_the_hint_of_an_answer_is_passed_on(of):
    with hostile(does.status(401)) as server, pytest.raises(NotOnMirrorsError) as caught:
        of(server.url).fetch(BLOB)
    assert "netrc" in caught.value.hint


def test_without_mirrors(of):
    with pytest.raises(NotOnMirrorsError, match=BLOB.name) as caught:
        of().fetch(BLOB)
    assert "--mirror" in caught.value.hint


def test_a_mirror_that_cannot_be_read_is_a_failure(of, tmp_path, full):
    (tmp_path / "odd" / BLOB.name).mkdir(parents=True)
    mirrors = of(tmp_path / "odd", full)
    assert mirrors.fetch(BLOB) == DATA
    assert order(mirrors) == [str(full), str(tmp_path / "odd")]


def test_credentials_of_a_mirror_never_show(of, warnings):
    with hostile(does.flipped(DATA, 0), does.status(404)) as server:
        mirrors = of(server.url.replace("//", "//me:s3cret@"))
        for _ in range(2):
            with pytest.raises((IntegrityError, NotOnMirrorsError)) as caught:
                mirrors.fetch(BLOB)
            assert "s3cret" not in str(caught.value)
    assert "s3cret" not in "".join(warnings)


def test_a_route_names_who_may_hear_of_a_blob(of, warnings):
    other = replace(BLOB, digest=Digest.of(b"private"))
    a, b, c = (Mirror.parse(f"http://{name}") for name in "abc")
    routed = of("http://z").routed({BLOB.digest: [a, b], other.digest: {c: None}})
    for mirrors in (routed, routed.warning(warnings.append)):
        assert order(mirrors) == ["a", "b"]
        assert [mirror for mirror, _ in mirrors.candidates(other)] == [c]
        assert list(mirrors.candidates(replace(BLOB, digest=Digest.of(b"nobody's")))) == []
    routed.report_wrong_bytes(a, "a blob")
    assert order(routed) == ["b", "a"]
