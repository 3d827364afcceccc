"""Reading what was pushed to releases, by zoopkg's command line and its openers: redirects, ranges, credentials."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from place_contract import blob_of
from release_faults import always, answers, cut_answer, once
from release_pushes import Push, blobs, place_at
from release_simulator import GitHub, simulator
from zoopkg_cli import Machine, Maintainer, contents

from zoopkg.mirror.place import TIMESTAMP, File, is_published
from zoopkg.transport.base import MissingError, Span
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.mirror import Mirror

ONE = {f"slices/{n:03}.dcm": Random(n).randbytes(300_000) for n in range(6)}
TWO = ONE | {"extra/new.dcm": b"new in the second" * 20_000}


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Maintainer, GitHub]]:
    """An index with two versions of a pack, and a GitHub that has all of it."""
    root = tmp_path_factory.mktemp("pushed")
    maintainer = Maintainer(root / "maintainer")
    origins: dict[str, str] = {}
    for version, files in (("1.0.0", ONE), ("1.1.0", TWO)):
        maintainer.release("demo", version, files)
        for kind in ("manifest", "layout", "bundle"):
            for path in maintainer.blobs(kind):
                origins.setdefault(path.name, f"zoo.demo-{version}")
    files = {
        _file(path, origins): path.read_bytes()
        for path in maintainer.index.iterdir()
        if is_published(path.name) and path.name != TIMESTAMP
    }
    (root / "sources").mkdir()
    with simulator() as github:
        Push(root / "sources", files, (maintainer.index / TIMESTAMP).read_bytes()).run(place_at(github))
        yield maintainer, github


def _file(path: Path, origins: dict[str, str]) -> File:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return (
        File(path.name, len(data), digest, origins[path.name])
        if path.name in origins
        else File(path.name, len(data), digest)
    )


def test_an_install_from_releases_alone(pushed, tmp_path: Path) -> None:
    maintainer, github = pushed
    machine = Machine(tmp_path)
    index = f"{github.url['web']}/octo/zoo/releases/download/index/"
    before = len(github.asked)
    machine.call(
        "install", "demo@1", "--index", index, "--root", maintainer.first_root, "--mirror", place_at(github).template
    ).expect(0, "7 placed", "fetched from 127.0.0.1")
    assert contents(machine.zoo / "demo") == TWO
    asked = github.asked[before:]
    assert {each.host for each in asked} == {"web", "storage"}
    assert {each.headers.get("authorization") for each in asked} == {None}
    assert {each.path.split("/")[5] for each in asked if each.path.endswith(".bundle")} == {
        "zoo.demo-1.0.0",
        "zoo.demo-1.1.0",
    }


def test_an_old_version_and_one_file_of_it(pushed, tmp_path: Path) -> None:
    """Blobs come from the releases, metadata from a folder; of a bundle only the part that is needed."""
    maintainer, github = pushed
    only_metadata = tmp_path / "metadata"
    only_metadata.mkdir()
    for path in maintainer.index.iterdir():
        if path.suffix == ".json":
            (only_metadata / path.name).write_bytes(path.read_bytes())
    machine = Machine(tmp_path / "machine")
    before = len(github.asked)
    machine.call(
        "install", "demo@=1.0.0", "--index", only_metadata, "--where", "path=slices/004.dcm",
        "--mirror", place_at(github).template,
    ).expect(0)  # fmt: skip
    assert contents(machine.zoo / "demo") == {"slices/004.dcm": ONE["slices/004.dcm"]}
    ranges = [each.headers["range"] for each in github.asked[before:] if "range" in each.headers]
    spans = [tuple(map(int, each.removeprefix("bytes=").split("-"))) for each in set(ranges)]
    assert 300_000 <= sum(last - first + 1 for first, last in spans) < 600_000


def test_a_client_in_the_gap_fails_in_one_sentence_and_succeeds_the_next_time(pushed, tmp_path: Path) -> None:
    maintainer, github = pushed
    machine = Machine(tmp_path)
    index = f"{github.url['web']}/octo/zoo/releases/download/index/"
    install = ("install", "demo@1", "--index", index, "--root", maintainer.first_root)
    mirror = ("--mirror", place_at(github).template)
    gap = always(lambda each: each.host == "web" and each.path.endswith(TIMESTAMP), answers(404))
    github.misbehave(gap)
    machine.call(*install, *mirror).expect(6, "127.0.0.1")
    assert not (machine.project / "zoo.lock").exists()
    github.misbehave()
    machine.call(*install, *mirror).expect(0)
    github.misbehave(gap)
    machine.call("install").expect(0, "Nothing to do")
    github.misbehave()


def url_of(github: GitHub, file: File) -> str:
    url = Mirror.parse(place_at(github).template).url(blob_of(b"content" * 1000, origin=file.origin))
    assert url
    return url


@pytest.fixture
def file(github: GitHub, sources) -> File:
    push = Push(sources, blobs(b"content" * 1000))
    push.run(place_at(github))
    (file,) = push.files
    return file


def test_a_download_that_breaks_off_goes_on_through_a_new_redirect(github: GitHub, file: File) -> None:
    github.misbehave(once(lambda each: each.host == "storage", cut_answer(3000)))
    with default_opener().open(url_of(github, file), limit=file.size) as body:
        assert b"".join(body) == b"content" * 1000
    last = [each for each in github.asked if each.host == "storage"][-1]
    assert last.headers["range"] == "bytes=3000-6999"
    assert last.headers["if-range"].startswith('"0x')
    assert [each.host for each in github.asked[-4:]] == ["web", "storage", "web", "storage"]


def test_each_range_asks_for_a_signature_of_its_own(github: GitHub, file: File) -> None:
    opener, got, before = default_opener(), b"", len(github.asked)
    for start in range(0, file.size, 2000):
        with opener.open(url_of(github, file), limit=file.size, span=Span(start, min(2000, file.size - start))) as body:
            got += b"".join(body)
    assert got == b"content" * 1000
    assert [each.host for each in github.asked[before:]] == ["web", "storage"] * 4


def test_a_signature_that_expired_on_the_way_is_not_asked_for_ever(github: GitHub, file: File) -> None:
    github.lifetime = -1.0
    before = len(github.asked)
    with pytest.raises(MissingError, match="403"):
        default_opener().open(url_of(github, file), limit=file.size)
    assert len(github.asked) == before + 2


def test_a_password_for_the_server_does_not_follow_to_the_storage(github: GitHub, file: File) -> None:
    """The storage would refuse it: one way of proving who asks is enough."""
    url = url_of(github, file).replace("://", "://me:hush@")
    with default_opener().open(url, limit=file.size) as body:
        assert b"".join(body) == b"content" * 1000
    web, storage = github.asked[-2:]
    assert web.headers["authorization"].startswith("Basic ")
    assert "authorization" not in storage.headers


@pytest.mark.parametrize("draft", [True, False])
def test_what_is_no_public_asset_is_missing(github: GitHub, draft: bool) -> None:
    blob = blob_of(b"content")
    release = github.add(blob.origin, draft=draft)
    github.store(release, blob.name, b"content", state="uploaded" if draft else "starter")
    url = Mirror.parse(place_at(github).template).url(blob)
    assert url
    with pytest.raises(MissingError):
        default_opener().open(url, limit=100)
