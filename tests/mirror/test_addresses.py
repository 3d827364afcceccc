"""Which adapter writes to an address."""

from pathlib import Path

import pytest

from zoopkg.errors import UsageError
from zoopkg.mirror.addresses import is_local, open_place
from zoopkg.mirror.places.folder import FolderPlace
from zoopkg.transport.mirror import Mirror


@pytest.mark.parametrize("text", ["mirror", "a:b", "C:\\mirror", "./gs:x"])
def test_folders(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_place(text), FolderPlace)
    assert is_local(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("githb:octo/zoo", "./githb:octo/zoo"),
        ("gh:octo/zoo", "./gh:octo/zoo"),
        ("ipfs:foo", "./ipfs:foo"),
        ("git@github.com:octo/zoo", "github:OWNER/REPO"),
        ("github.com/octo/zoo", "github:OWNER/REPO"),
        ("me@host:zoo", "./host:zoo"),
        ("s3//my-zoo", "s3://…"),
    ],
)
def test_what_is_mistyped_becomes_no_folder(
    text: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for parse in (open_place, Mirror.parse):
        with pytest.raises(UsageError, match="no place of a kind that is known") as caught:
            parse(text)
        assert hint in caught.value.hint
    (tmp_path / text).mkdir(parents=True)
    assert isinstance(open_place(text), FolderPlace)
    assert Mirror.parse(text).template.startswith("file:")


def test_a_short_name_in_capitals() -> None:
    assert Mirror.parse("S3://bucket") == Mirror.parse("s3://bucket")


def test_the_url_of_a_folder(tmp_path: Path) -> None:
    place = open_place(tmp_path.as_uri())
    assert isinstance(place, FolderPlace)
    assert place.folder == tmp_path


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "none was named"),
        ("https://me:secret@zoo.example/", "read, and not written"),
        ("ftp://zoo.example/x", "nothing writes"),
        ("ipfs://bafy", "nothing writes"),
    ],
)
def test_what_nothing_writes_to(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        open_place(text)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("text", ["s3://b", "gs://b", "github:o/r", "ipfs+http://127.0.0.1:1"])
def test_the_rest_is_on_the_network(text: str) -> None:
    assert not is_local(text)
