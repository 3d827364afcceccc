"""Mirrors: what text names one, in which order they are asked, and what is said when none has it."""

import itertools
from dataclasses import replace

import pytest
from transport import hostile as does
from transport.clock import Clock
from transport.hostile import hostile

from zoopkg.errors import IntegrityError, NotOnMirrorsError, OfflineError, UsageError
from zoopkg.model.blob import Blob, BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.transport.base import MissingError
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.ledger import Ledger
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors
from zoopkg.transport.offline import OfflineOpener

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


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("https://zoo.example", "https://zoo.example/{digest}"),
        ("https://h/o/r/{origin}/{digest}", "https://h/o/r/index/{digest}"),
        ("https://gate.example/ipfs/{cid}", None),
        ("/srv/zoo", "file:///srv/zoo/{digest}"),
    ],
)
def test_where_a_mirror_has_metadata(text, template):
    assert Mirror.parse(text).documents == template


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
        ("gs://", "address of a bucket"),
        ("s3://bucket/{digest}", "address of a bucket"),
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
def clock():
    return Clock()


@pytest.fixture
def ledger(clock):
    return Ledger(clock=clock, random=lambda: 0.5)


@pytest.fixture
def of(warnings, ledger):
    """Mirrors of these places."""
    opener = default_opener()
    return lambda *places: Mirrors(
        [Mirror.parse(str(place)) for place in places], opener, warn=warnings.append, ledger=ledger
    )


@pytest.fixture
def full(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / BLOB.name).write_bytes(DATA)
    return tmp_path / "full"


@pytest.fixture
def empty(tmp_path):
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def walk(mirrors, blob=BLOB):
    """Each mirror that is asked for a blob, as long as all lack it."""
    search = mirrors.search(blob, sleep=mirrors._ledger.clock.sleep)
    while not search.is_over:
        mirror, _ = search.next()
        yield mirror
        search.answered(mirror, MissingError("lacks it"))


def order(mirrors, blob=BLOB):
    return [str(mirror) for mirror in walk(mirrors, blob)]


def test_the_first_that_has_it_gives_it(of, empty, full):
    mirrors = of(empty, full, "http://never.invalid")
    assert mirrors.fetch(BLOB) == DATA
    assert order(mirrors)[0] == str(empty)


def test_a_mirror_that_fails_is_asked_later(of, full, clock):
    with hostile(does.status(503)) as server:
        mirrors = of(server.url, full)
        assert [mirrors.fetch(BLOB, sleep=clock.sleep) for _ in range(3)] == [DATA] * 3
    assert len(server.asked) == 1
    assert clock.slept == []
    assert order(mirrors)[0] == str(full)


def test_a_single_mirror_is_given_the_patience_of_a_retrying_opener(of, clock):
    with hostile(does.status(503), does.closes(), does.status(500), does.serve(DATA)) as server:
        assert of(server.url).fetch(BLOB, sleep=clock.sleep) == DATA
    assert clock.slept == [0.5, 1.0, 2.0]
    with hostile(does.status(503)) as server, pytest.raises(NotOnMirrorsError):
        of(server.url).fetch(BLOB, sleep=clock.sleep)
    assert len(server.asked) == 4


def test_a_mirror_that_alone_may_have_it_is_waited_for(of, empty, clock):
    with hostile(does.status(503, "Retry-After: 7"), does.serve(DATA)) as busy, hostile(does.status(404)) as lacks:
        assert of(busy.url, empty, lacks.url).fetch(BLOB, sleep=clock.sleep) == DATA
        assert len(lacks.asked) == 1
    assert clock.slept == [7.0]


def test_where_all_fail_the_first_that_has_rested_is_asked(of, clock):
    with hostile(does.status(503, "Retry-After: 600")) as long, hostile(does.closes(), does.serve(DATA)) as short:
        assert of(long.url, short.url).fetch(BLOB, sleep=clock.sleep) == DATA
        assert (len(long.asked), len(short.asked)) == (1, 2)
    assert clock.slept == [0.5]


def test_what_fails_for_good_is_asked_once(of, clock):
    with hostile(does.redirect("ftp://x/")) as server, pytest.raises(NotOnMirrorsError, match="redirects to"):
        of(server.url).fetch(BLOB, sleep=clock.sleep)
    assert len(server.asked) == 1
    assert clock.slept == []


def test_a_mirror_that_lacks_one_blob_after_the_other_is_asked_later(of, empty, full):
    mirrors = of(empty, full)
    firsts = []
    for _ in range(6):
        firsts.append(next(walk(mirrors)))
        assert mirrors.fetch(BLOB) == DATA
    assert firsts == [Mirror.parse(str(empty))] * 4 + [Mirror.parse(str(full))] * 2


def test_a_small_blob_that_drips_is_asked_for_elsewhere(of, full, ledger, monkeypatch):
    """By a clock that a second passes in at each piece."""
    with hostile(does.drip(DATA, 0.001, size=20)) as slow:
        mirrors = of(slow.url, full)
        monkeypatch.setattr(ledger, "clock", itertools.count(0.0, 1.0).__next__)
        assert mirrors.fetch(BLOB) == DATA
    monkeypatch.undo()
    assert order(of(slow.url, full)) == [str(full), slow.url.removeprefix("http://")]


def test_wrong_bytes_are_told_once_for_each_blob(of, warnings, full):
    with hostile(does.flipped(DATA, 77)) as server:
        mirrors = of(server.url)
        for _ in range(3):
            with pytest.raises(IntegrityError):
                mirrors.fetch(BLOB)
    assert len(warnings) == 1


def test_a_network_that_is_ruled_out_is_no_reason_to_ask_no_folder(warnings, full, empty):
    def offline(*places):
        return Mirrors([Mirror.parse(str(place)) for place in places], OfflineOpener(), warn=warnings.append)

    assert offline("http://never.invalid", full).fetch(BLOB) == DATA
    with pytest.raises(OfflineError, match=r"never\.invalid.* is needed"):
        offline(empty, "http://never.invalid").fetch(BLOB)


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
    assert mirrors.search(bare).next() == (Mirror.parse("http://c/"), f"http://c/{BLOB.name}")
    assert order(mirrors, bare) == ["c"]


def test_wrong_bytes_rank_below_failures(of, ledger):
    mirrors = of("http://a", "http://b", "http://c", "http://d", "http://e")
    a, b, c, d = (Mirror.parse(f"http://{name}") for name in "abcd")
    mirrors.report_wrong_bytes(a, BLOB, "a blob")
    for _ in range(3):
        ledger.failed(b)
    ledger.failed(c)
    ledger.lacked(d)
    assert order(mirrors) == ["d", "e", "c", "b", "a"]


def test_what_another_thread_learns_counts_for_the_mirrors_still_to_come(of, ledger):
    asked = walk(of("http://a", "http://b", "http://c"))
    next(asked)
    b = Mirror.parse("http://b")
    ledger.failed(b)
    assert list(asked) == [Mirror.parse("http://c"), b]


def test_a_mirror_named_twice_is_asked_once(of, empty):
    assert order(of(empty, empty, f"{empty}/")) == [str(empty)]


def test_when_none_has_it_each_answer_is_told(of, empty, clock):
    with (
        hostile(does.status(404)) as lacks,
        hostile(does.status(503)) as fails,
        pytest.raises(NotOnMirrorsError) as caught,
    ):
        of(empty, lacks.url, fails.url).fetch(BLOB, "the manifest of zoo/ct-basic 1.4.2", clock.sleep)
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
    told = []
    elsewhere = routed.telling(lambda *words: told.append(words))
    for mirrors in (routed, elsewhere):
        assert order(mirrors) == ["a", "b"]
        assert order(mirrors, other) == [str(c)]
        assert order(mirrors, replace(BLOB, digest=Digest.of(b"nobody's"))) == []
    for mirrors in (routed, elsewhere):
        mirrors.report_wrong_bytes(a, BLOB, "a blob")
        assert order(mirrors) == ["b", "a"]
    assert (len(warnings), told) == (1, [])  # the second is no news
    elsewhere.report_wrong_bytes(b, BLOB, "a blob")
    assert (len(warnings), told) == (1, [(b, BLOB, "a blob")])
