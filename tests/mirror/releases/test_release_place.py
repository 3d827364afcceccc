"""Release assets as a place to write a mirror to: the contract, drafts, taking up, limits; over the simulator."""

import hashlib
from collections.abc import Callable

import pytest
from place_contract import PlaceContract, blob_of, document_of
from release_faults import always, answers, bad_gateway, call, cut_at, meanwhile, once, unanswered, uploads
from release_pushes import HURRIED, ONCE, Push, blobs, documents, held, place_at, shown_by
from release_simulator import GitHub, invalid, told_asset

from zoopkg.errors import IntegrityError, UsageError, ZooError
from zoopkg.mirror.place import INDEX_ORIGIN, ConflictError, File
from zoopkg.mirror.places.github import ReleasePlace
from zoopkg.transport.base import TransportError

TAG = "zoo.demo-1.0.0"


class TestContract(PlaceContract):
    @pytest.fixture
    def place(self, github: GitHub) -> ReleasePlace:
        return place_at(github)

    @pytest.fixture
    def again(self, github: GitHub) -> Callable[[], ReleasePlace]:
        return lambda: place_at(github)


# Drafts ---------------------------------------------------------------------------------------------------------------


def test_nothing_is_seen_before_all_is_there(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one", b"two") | documents(n1_root=b"root"))
    place = place_at(github)
    push.put(place)
    assert shown_by(github) == {}
    assert [release.draft for release in github.releases] == [True, True]
    place.reveal()
    assert shown_by(github) == {file.name: content for file, content in push.files.items()}
    assert github.tags == {TAG, INDEX_ORIGIN}
    assert {release.latest for release in github.releases} == {"false"}
    pages = {release.tag: (release.name, release.body) for release in github.releases}
    assert pages[TAG][0] == "zoo/demo 1.0.0"
    assert "zoopkg" in pages[TAG][1]
    assert pages[INDEX_ORIGIN][0] == "Index"


def test_the_index_is_published_last(github: GitHub, sources) -> None:
    push = Push(sources, documents(n1_root=b"root") | blobs(b"one") | blobs(b"two", origin="a.b-2.0.0"))
    push.run(place_at(github))
    published = [each for each in github.asked if each.method == "PATCH" and "/assets/" not in each.path]
    index = github.release(INDEX_ORIGIN)
    assert index
    assert published[-1].path.endswith(f"/{index.id}")
    assert len(published) == 3


def test_a_draft_that_lacks_a_file_is_not_published(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one", b"two"))
    place = place_at(github)
    place.survey(push.files.keys())
    file = min(push.files, key=lambda file: file.name)
    place.put(file, push.paths[file])
    with pytest.raises(ZooError, match=f"{TAG} .* stays a draft, since 1 of its files"):
        place.reveal()
    assert shown_by(github) == {}


def test_what_was_put_by_a_run_that_ended_is_published_by_the_next(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one", b"two"))
    push.put(place_at(github))
    before = len(github.requests("uploads"))
    push.run(place_at(github))
    assert push.whole(github)
    assert len(github.requests("uploads")) == before + 1  # the timestamp
    assert len(github.releases) == 2


def test_a_published_release_is_added_to(github: GitHub, sources) -> None:
    Push(sources, blobs(b"one")).run(place_at(github))
    push = Push(sources, blobs(b"one", b"two", b"three"))
    push.run(place_at(github))
    assert push.whole(github)
    assert [release.tag for release in github.releases].count(TAG) == 1


# Taking up ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [cut_at(1000), unanswered, bad_gateway])
def test_an_upload_that_breaks_off_is_done_again_at_once(github: GitHub, sources, fault) -> None:
    github.misbehave(once(uploads, fault))
    push = Push(sources, blobs(b"x" * 5000, b"second"))
    push.run(place_at(github))
    assert push.whole(github)
    assert {asset.state for release in github.releases for asset in release.assets} == {"uploaded"}
    sent = len(github.requests("uploads"))
    assert sent == (4 if fault not in (unanswered, bad_gateway) else 3)  # what is there whole is not sent again


@pytest.mark.parametrize("draft", [True, False])
def test_what_a_broken_upload_left_is_replaced_by_the_next_run(github: GitHub, sources, draft: bool) -> None:
    if not draft:
        Push(sources, blobs(b"first")).run(place_at(github))
    push = Push(sources, blobs(b"first", b"x" * 5000))
    github.misbehave(always(uploads, cut_at(1000)))
    with pytest.raises(TransportError):
        push.run(place_at(github, waits=ONCE))
    github.misbehave()
    push.run(place_at(github))
    assert push.whole(github)


def test_damaged_assets_of_a_draft_are_replaced(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one", b"two"))
    release = github.add(TAG)
    one, two = push.files
    github.store(release, one.name, b"another size")
    github.store(release, two.name, b"owt")
    push.run(place_at(github))
    assert push.whole(github)


def test_damaged_assets_that_all_can_see_are_told(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one"))
    (file,) = push.files
    github.store(github.add(TAG, draft=False), file.name, b"eno")
    for work in (lambda place: place.survey([file]), lambda place: place.put(file, push.paths[file])):
        with pytest.raises(ConflictError, match=file.name):
            work(place_at(github))
    assert "DELETE" not in {each.method for each in github.asked}


def test_where_no_digest_is_told_the_size_decides(github: GitHub, sources) -> None:
    (file,) = blobs(b"one")
    github.store(github.add(TAG, draft=False), file.name, b"eno").told = False
    assert place_at(github).survey([file]) == {file}


def test_a_lost_answer_to_a_new_release_leaves_no_second_one(github: GitHub, sources) -> None:
    github.misbehave(once(call("POST", "/releases"), unanswered))
    push = Push(sources, blobs(b"one"))
    push.run(place_at(github))
    assert push.whole(github)
    assert sorted(release.tag for release in github.releases) == [INDEX_ORIGIN, TAG]


def test_a_lost_answer_to_publishing_is_no_harm(github: GitHub, sources) -> None:
    github.misbehave(once(call("PATCH"), bad_gateway))
    push = Push(sources, blobs(b"one"))
    push.run(place_at(github))
    assert push.whole(github)


def test_a_listing_that_lags_behind_hides_no_draft_of_this_run(github: GitHub, sources) -> None:
    def lag(github: GitHub, exchange, honest):
        answer = honest()
        answer.document = [release for release in answer.document if not release["draft"]]
        return answer

    github.misbehave(always(call("GET", "/releases"), lag))
    push = Push(sources, blobs(b"one"))
    place = place_at(github)
    push.put(place)
    assert place.survey(push.files.keys()) == push.files.keys()
    place.reveal()
    assert set(shown_by(github).values()) == {b"one"}


def test_two_who_make_the_same_release_go_on_with_one(github: GitHub, sources) -> None:
    github.misbehave(once(call("POST", "/releases"), meanwhile(lambda: github.add(TAG))))
    push = Push(sources, blobs(b"one"))
    push.run(place_at(github))
    assert push.whole(github)
    assert [release.id for release in github.releases if release.tag == TAG] == [1]


def test_a_release_that_was_published_just_before_is_added_to(github: GitHub, sources) -> None:
    """GitHub may refuse a draft where a published release has the tag, though the simulator does not."""

    def refuse(github: GitHub, exchange, honest):
        github.add(TAG, draft=False)
        return invalid("Release", code="already_exists", field="tag_name")

    github.misbehave(once(call("POST", "/releases"), refuse))
    push = Push(sources, blobs(b"one"))
    push.run(place_at(github))
    assert push.whole(github)
    assert [release.tag for release in github.releases].count(TAG) == 1


def test_of_two_drafts_of_one_tag_one_can_be_published(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one"))
    github.misbehave(once(call("PATCH"), meanwhile(lambda: github.add(TAG, draft=False))))
    with pytest.raises(ConflictError, match=f"published the release {TAG}"):
        push.run(place_at(github))
    push.run(place_at(github))
    assert push.whole(github)
    assert [release.tag for release in github.releases].count(TAG) == 1


def test_a_source_that_changed_is_not_uploaded(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one"))
    (path,) = push.paths.values()
    path.write_bytes(b"shorter or longer")
    with pytest.raises(IntegrityError, match="has 17 bytes, and should have 3"):
        push.run(place_at(github))
    assert github.requests("uploads") == []


# Limits ---------------------------------------------------------------------------------------------------------------


def test_many_releases_with_many_assets(github: GitHub) -> None:
    files = [document_of(f"{n}.snapshot.json", b"%d" % n) for n in range(1, 251)]
    index = github.add(INDEX_ORIGIN, draft=False)
    for n, file in enumerate(files, 1):
        github.store(index, file.name, b"%d" % n)
    for n in range(65):
        blob = blob_of(b"%d" % n, origin=f"zoo.demo-{n}.0.0")
        files.append(File.of_blob(blob))
        github.store(github.add(blob.origin, draft=False), blob.name, b"%d" % n)
    place = place_at(github)
    assert place.survey(files) == set(files)
    assert len(github.asked) == 3 + 3  # pages of releases, of the assets of the one that has many
    assert set(place.names()) == {file.name for file in files}


def test_a_thousand_and_one_assets_are_refused_before_any_is_uploaded(github: GitHub) -> None:
    files = [File(blob.name, blob.size, blob.sha256, TAG) for blob in (blob_of(b"%d" % n) for n in range(1001))]
    with pytest.raises(ZooError, match=f"the release {TAG} would have 1,001 assets, and GitHub takes 1,000"):
        place_at(github).survey(files)
    assert place_at(github).survey(files[:1000]) == set()
    assert {each.method for each in github.asked} == {"GET"}


def test_assets_that_are_there_count(github: GitHub) -> None:
    release = github.add(TAG, draft=False)
    for n in range(999):
        github.store(release, f"somebody-elses-{n}", b"x")
    one, two = blobs(b"one", b"two")
    place_at(github).survey([one])
    with pytest.raises(ZooError, match="1,001 assets"):
        place_at(github).survey([one, two])


def test_the_index_keeps_room_for_the_next_timestamp(github: GitHub) -> None:
    files = [document_of(f"{n}.snapshot.json", b"x") for n in range(1, 1000)]
    place_at(github).survey(files[:998])
    with pytest.raises(ZooError, match="the release index would have 1,001 assets") as caught:
        place_at(github).survey(files)
    assert "small indexes" in caught.value.hint


def test_two_gigabytes_are_too_many(github: GitHub) -> None:
    with pytest.raises(ZooError, match="under 2 GiB"):
        place_at(github).survey([File("1.root.json", 1 << 31, "0" * 64)])


# Removing -------------------------------------------------------------------------------------------------------------


def test_a_release_goes_with_its_last_asset(github: GitHub, sources) -> None:
    Push(sources, blobs(b"one", b"two") | blobs(b"other", origin="zoo.demo-2.0.0")).run(place_at(github))
    place = place_at(github)
    place.remove([file.name for file in blobs(b"one", b"two")])
    assert github.release(TAG) is None
    assert TAG in github.tags
    assert github.release("zoo.demo-2.0.0")


def test_assets_and_releases_of_others_stay(github: GitHub, sources) -> None:
    (file,) = blobs(b"one")
    program = github.add("v1.0", draft=False)
    github.store(program, file.name, b"one")
    Push(sources, blobs(b"one")).run(place_at(github))
    release = github.release(TAG)
    assert release
    github.store(release, "notes.pdf", b"mine")
    place = place_at(github)
    assert set(place.names()) == {file.name, "timestamp.json"}
    place.remove([file.name, "notes.pdf"])
    assert held(release) == {"notes.pdf"}
    assert held(program) == {file.name}


def test_a_listing_that_lags_behind_a_removal_is_no_refusal(github: GitHub, sources) -> None:
    Push(sources, blobs(b"one")).run(place_at(github))
    (file,) = blobs(b"one")
    release = github.release(TAG)
    assert release
    (old,) = release.assets

    def lag(github: GitHub, exchange, honest):
        answer = honest()
        answer.document = answer.document or [told_asset(old)]
        return answer

    github.misbehave(always(call("GET", "/assets"), lag))
    place_at(github).remove([file.name])
    assert github.release(TAG) is None


def test_a_token_that_may_not_delete_is_told_so(github: GitHub, sources) -> None:
    """GitHub answers "not found" to some tokens that may not write."""
    (file,) = blobs(b"one")
    Push(sources, blobs(b"one")).run(place_at(github))
    with pytest.raises(ZooError, match=f"may not delete {file.name}"):
        place_at(github, token="ghp_classic-reader").remove([file.name])


# Refusals -------------------------------------------------------------------------------------------------------------


def test_an_empty_repository_is_told_and_finished_later(github: GitHub, sources) -> None:
    github.empty = True
    push = Push(sources, blobs(b"one"))
    with pytest.raises(ZooError, match="has no commit yet") as caught:
        push.run(place_at(github))
    assert "README" in caught.value.hint
    github.empty = False
    push.run(place_at(github))
    assert push.whole(github)


def test_immutable_releases_hold_blobs_and_never_an_index(github: GitHub, sources) -> None:
    github.immutable = True
    with pytest.raises(ZooError, match="immutable") as caught:
        Push(sources, blobs(b"one") | documents(n1_root=b"root")).run(place_at(github))
    assert "never hold an index" in caught.value.hint
    assert set(shown_by(github).values()) == {b"one", b"root"}
    later = blobs(b"one", b"two")
    with pytest.raises(ZooError, match=f"into the release {TAG} .*immutable"):
        Push(sources, later).put(place_at(github))


def test_a_repository_that_moved(github: GitHub) -> None:
    github.misbehave(always(call("GET"), answers(301, "Moved Permanently", Location="https://elsewhere.example/")))
    with pytest.raises(ZooError, match="octo/zoo has moved"):
        place_at(github).survey([])
    assert len(github.asked) == 1


@pytest.mark.parametrize("status", [400, 409, 418, 451])
def test_other_refusals_are_one_clean_sentence(github: GitHub, sources, status: int) -> None:
    github.misbehave(always(call("POST"), answers(status, "not \x1b[31mtoday\n")))
    with pytest.raises(ZooError, match=f"does not create the release {TAG} .*: HTTP {status}, not .31mtoday$"):
        Push(sources, blobs(b"one")).put(place_at(github))


def test_a_service_that_fails_is_asked_again_and_given_up(github: GitHub) -> None:
    github.misbehave(always(call("GET"), answers(503, "no", Retry_After="0")))
    with pytest.raises(TransportError, match="HTTP 503"):
        place_at(github, waits=HURRIED).survey([])
    assert len(github.asked) == 4


HOSTILE = [
    b"<html>",
    b"[" * 100_000,
    b'{"id": 1}',
    b"[7]",
    b'[{"id": "1", "tag_name": "x", "draft": false, "upload_url": "u"}]',
    b'[{"id": 1, "tag_name": "x\\u001b[31m", "draft": false, "upload_url": "u"}]',
    b'[{"id": 1, "tag_name": "x", "draft": false, "upload_url": "u", "assets": [[]]}]',
    b'[{"id": 1, "tag_name": "x", "draft": false, "upload_url": "u", "assets": 7}]',
    b'[{"id": 1, "tag_name": "x", "draft": false, "upload_url": "u", "assets": [{"id": 1, "name": "a", "size": -1}]}]',
]


@pytest.mark.parametrize("body", HOSTILE)
def test_answers_of_another_shape_are_one_sentence(github: GitHub, body: bytes) -> None:
    def lie(github: GitHub, exchange, honest):
        answer = honest()
        answer.document, answer.body = None, body
        return answer

    github.misbehave(lie)
    with pytest.raises(TransportError) as caught:
        place_at(github).survey([])
    assert len(caught.value.message) < 300
    assert caught.value.message.isprintable()


def test_an_asset_that_is_called_otherwise_is_told(github: GitHub, sources) -> None:
    document = document_of("1.räksmörgås.json", b"{}")
    with pytest.raises(ZooError, match=r"calls 1\.räksmörgås\.json otherwise, 1\.r\.ksm\.rg\.s\.json"):
        Push(sources, {document: b"{}"}).put(place_at(github))


@pytest.mark.parametrize(
    "name", ["", "zoo", "a/b/c", "octo/..", "octo/.", "octo/", "/zoo", "octo/zoo?x", "octo/z\n", "-o/zoo", "o/{digest}"]
)
def test_what_is_no_repository(name: str) -> None:
    with pytest.raises(UsageError, match="names no repository"):
        ReleasePlace(name, environment={})


def test_an_upload_that_arrives_changed_is_noticed(github: GitHub, sources) -> None:
    def alter(github: GitHub, exchange, honest):
        answer = honest()
        answer.document["digest"] = f"sha256:{hashlib.sha256(b'other').hexdigest()}"
        return answer

    github.misbehave(once(uploads, alter))
    push = Push(sources, blobs(b"one"))
    push.run(place_at(github))
    assert push.whole(github)


def test_somebody_elses_upload_of_the_same_file_is_as_good(github: GitHub, sources) -> None:
    push = Push(sources, blobs(b"one"))
    ((file, content),) = push.files.items()
    github.misbehave(once(uploads, meanwhile(lambda: github.store(next(iter(github.releases)), file.name, content))))
    push.run(place_at(github))
    assert push.whole(github)
