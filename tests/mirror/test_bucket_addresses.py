"""The address of a bucket, and the mirror that reads it: laws."""

from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from strategies import law

from zoopkg.errors import UsageError
from zoopkg.mirror.places.bucket import BucketAddress
from zoopkg.model.blob import BlobHasher, BlobKind
from zoopkg.model.text import printable
from zoopkg.transport.mirror import Mirror

_parts = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="/?#{}\\"), min_size=1, max_size=12)
prefixes = st.lists(_parts.filter(lambda part: part not in (".", "..")), max_size=3).map("/".join)
buckets = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", fullmatch=True)
BLOB = BlobHasher().blob(BlobKind.BUNDLE, "zoo.demo-1.0.0")


@law
@given(buckets, prefixes)
def test_what_is_read_is_the_key_that_was_written(bucket: str, prefix: str) -> None:
    address = BucketAddress.parse(f"s3://{bucket}/{prefix}", "s3")
    url = Mirror.parse(address.template(f"https://{bucket}.example")).url(BLOB)
    assert url is not None
    assert unquote(urlsplit(url).path) == f"/{address.key(BLOB.name)}"


@law
@given(buckets, prefixes)
def test_a_slash_at_the_end_changes_nothing(bucket: str, prefix: str) -> None:
    assert BucketAddress.parse(f"gs://{bucket}/{prefix}/", "gs") == BucketAddress.parse(f"gs://{bucket}/{prefix}", "gs")


@law
@given(st.text(max_size=30))
def test_any_text_is_an_address_or_a_mistake(text: str) -> None:
    for candidate in (text, f"s3://{text}", f"s3://zoo/{text}"):
        try:
            address = BucketAddress.parse(candidate, "s3")
        except UsageError:
            continue
        assert str(address) == printable(str(address))
        assert all(part not in ("", ".", "..") for part in address.prefix.split("/")[:-1])
