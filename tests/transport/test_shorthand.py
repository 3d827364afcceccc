"""Short names of places, and the templates by which they are read."""

import pytest

from zoopkg.errors import UsageError
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.shorthand import bucket_of, template_of


@pytest.mark.parametrize(
    ("text", "environment", "template"),
    [
        ("github:o/r", {}, "https://github.com/o/r/releases/download/{origin}/{digest}"),
        (
            "github:o/r.s",
            {"GITHUB_SERVER_URL": "https://git.example/"},
            "https://git.example/o/r.s/releases/download/{origin}/{digest}",
        ),
        ("gs://zoo", {}, "https://storage.googleapis.com/zoo/{digest}"),
        ("gs://zoo/a b/c/", {}, "https://storage.googleapis.com/zoo/a%20b/c/{digest}"),
        ("gs://zoo/p", {"STORAGE_EMULATOR_HOST": "http://localhost:9023"}, "http://localhost:9023/zoo/p/{digest}"),
        ("s3://zoo", {}, "https://zoo.s3.amazonaws.com/{digest}"),
        ("s3://zoo/p", {}, "https://zoo.s3.amazonaws.com/p/{digest}"),
        ("s3://zoo.example/p", {}, "https://s3.amazonaws.com/zoo.example/p/{digest}"),
        ("s3://zoo/p", {"AWS_REGION": "eu-west-1"}, "https://zoo.s3.eu-west-1.amazonaws.com/p/{digest}"),
        ("s3://zoo", {"AWS_DEFAULT_REGION": "cn-north-1"}, "https://zoo.s3.cn-north-1.amazonaws.com.cn/{digest}"),
        ("s3://z.e", {"AWS_REGION": "us-east-1"}, "https://s3.us-east-1.amazonaws.com/z.e/{digest}"),
        ("s3://zoo/p", {"AWS_ENDPOINT_URL": "http://h:5000"}, "http://h:5000/zoo/p/{digest}"),
        (
            "s3://zoo",
            {"AWS_ENDPOINT_URL": "http://other", "AWS_ENDPOINT_URL_S3": "http://h/"},
            "http://h/zoo/{digest}",
        ),
        ("https://zoo.example", {}, None),
        ("folder", {}, None),
    ],
)
def test_templates(text: str, environment: dict[str, str], template: str | None) -> None:
    assert template_of(text, environment) == template


@pytest.mark.parametrize(
    "text",
    [
        "github:",
        "github:o",
        "github:o/r/s",
        "github:o/..",
        "github:o/r?x",
        "gs://",
        "gs:///p",
        "gs://B",
        "s3://b/../x\n",
        "s3://bucket/{digest}",
        "s3://user:pw@host/p",
        "s3://Bucket",
        "s3://bucket//p",
        "gs://bucket/p//",
        "gs://bucket/a/../b",
    ],
)
def test_what_is_no_short_name(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        template_of(text, {})
    assert "\n" not in caught.value.message
    assert "pw" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("gs://zoo", {"STORAGE_EMULATOR_HOST": "localhost:9023"}),
        ("s3://zoo", {"AWS_ENDPOINT_URL": "localhost:9023"}),
        ("s3://zoo", {"AWS_REGION": "a.example/"}),
    ],
)
def test_variables_that_lead_nowhere(text: str, environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=next(iter(environment))):
        template_of(text, environment)


def test_a_mirror_may_be_named_in_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:5000")
    assert Mirror.parse("s3://zoo/p") == Mirror.parse("http://127.0.0.1:5000/zoo/p")


def test_a_bucket_and_its_prefix() -> None:
    assert bucket_of("gs://zoo/a/b/") == ("zoo", "a/b")
    assert bucket_of("s3://zoo") == ("zoo", "")
