"""The RPC API of IPFS nodes, as far as no node is needed: addresses, credentials, and answers that are none."""

import base64
import json

import pytest
from hostile import hostile, html, redirect, status
from place_contract import blob_of

from zoopkg.errors import IntegrityError, UsageError, ZooError
from zoopkg.mirror.place import File
from zoopkg.mirror.places.ipfs import TOKEN, IpfsPlace

FILE = File.of_blob(blob_of(b"data"))


@pytest.fixture
def source(tmp_path):
    path = tmp_path / FILE.name
    path.write_bytes(b"data")
    return path


def hears(behaviour):
    """Reads the whole request before it answers, as a server does."""

    def behave(exchange):
        exchange.body()
        return behaviour(exchange)

    return behave


def says(*lines: object, code: int = 200):
    return hears(status(code, body=b"".join(json.dumps(line).encode() + b"\n" for line in lines)))


TAKEN = says({"Root": {"Cid": {"/": FILE.cid}, "PinErrorMsg": ""}})


@pytest.mark.parametrize(
    ("lines", "there"),
    [
        ([], False),
        ([{"Cid": FILE.cid, "Type": "recursive"}], True),
        ([{"Cid": "another"}, {"Cid": FILE.cid}], True),
        ([{"Keys": {FILE.cid: {"Type": "recursive"}}}], True),
        ([{"Keys": None}], False),
        ([{"Keys": [[]]}], False),
        ([{"Cid": {"/": FILE.cid}}], False),
    ],
    ids=str,
)
def test_what_a_node_says_of_its_pins(lines, there):
    with hostile(says(*lines)) as server:
        assert IpfsPlace(f"ipfs+{server.url}").survey([FILE]) == ({FILE} if there else set())
    assert server.asked[0].path == "/api/v0/pin/ls?type=recursive&stream=true"


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (status(401), "HTTP 401"),
        (status(403), "HTTP 403"),
        (status(404), "HTTP 404"),
        (status(405), "HTTP 405"),
        (redirect("http://127.0.0.1:1/"), "HTTP 302"),
        (html(), "did not answer with JSON"),
        (says(1), "did not answer with JSON"),
        (says({"Message": "the disk is \x1b[31m full"}, code=500), "did not tell what it has pinned: the disk is"),
        (says(code=500), "does not say why"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_answers_that_are_none(behaviour, said):
    with hostile(behaviour) as server, pytest.raises(ZooError, match=said) as caught:
        IpfsPlace(f"ipfs+{server.url}").survey([FILE])
    assert "\x1b" not in caught.value.message
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [{"Root": {"Cid": {"/": "another"}, "PinErrorMsg": ""}}],
        [{"Root": {"Cid": {"/": FILE.cid}, "PinErrorMsg": "no space"}}],
        [{"Root": None}, {"Stats": {}}],
    ],
    ids=str,
)
def test_a_blob_that_was_not_pinned(source, answer):
    with hostile(says(*answer)) as server, pytest.raises(ZooError, match=f"did not pin {FILE.name}"):
        IpfsPlace(f"ipfs+{server.url}").put(FILE, source)


def test_a_node_that_is_busy_is_asked_again(source):
    with hostile(hears(status(503, "Retry-After: 0")), TAKEN) as server:
        IpfsPlace(f"ipfs+{server.url}").put(FILE, source)
    assert [each.path.partition("?")[0] for each in server.asked] == ["/api/v0/dag/import"] * 2


def test_other_bytes_are_not_sent(tmp_path):
    (tmp_path / "other").write_bytes(b"other")
    with hostile(TAKEN) as server, pytest.raises(IntegrityError, match="has other bytes than the CID"):
        IpfsPlace(f"ipfs+{server.url}").put(FILE, tmp_path / "other")


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("user", "environment", "sent"),
    [
        ("", {}, None),
        ("", {TOKEN: "abc"}, "Bearer abc"),
        ("me:s%20cret@", {TOKEN: "abc"}, basic("me:s cret")),
    ],
)
def test_credentials(user, environment, sent):
    with hostile(says()) as server:
        IpfsPlace(f"ipfs+{server.url.replace('//', '//' + user)}", environment=environment).survey([FILE])
    assert server.asked[0].headers.get("authorization") == sent


def test_credentials_do_not_show(monkeypatch):
    with hostile(status(403)) as server, pytest.raises(ZooError) as caught:
        IpfsPlace(f"ipfs+{server.url.replace('//', '//me:secret@')}").survey([FILE])
    assert "secret" not in caught.value.message + caught.value.hint
    assert TOKEN in caught.value.hint


def test_a_redirect_gets_no_credentials():
    with hostile(says()) as elsewhere, hostile(redirect(elsewhere.url)) as server:
        with pytest.raises(ZooError, match="HTTP 302"):
            IpfsPlace(f"ipfs+{server.url}", environment={TOKEN: "abc"}).survey([FILE])
        assert elsewhere.asked == []


@pytest.mark.parametrize("address", ["ipfs+http://me:secret@node.example:5001", "ipfs+http://node.example"])
def test_no_credentials_in_the_clear_beyond_the_own_network(address):
    with pytest.raises(UsageError, match="in the clear") as caught:
        IpfsPlace(address, environment={TOKEN: "abc"})
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "address",
    ["ipfs+http://", "ipfs+http:///path", "ipfs+ftp://host", "ipfs+https://host/#a", "ipfs+https://host?gate=x"],
)
def test_what_is_no_address_of_a_node(address):
    with pytest.raises(UsageError, match="is no node of IPFS"):
        IpfsPlace(address)


@pytest.mark.parametrize(
    ("query", "template"),
    [
        ("", ""),
        ("?gateway=https://gate.example", "https://gate.example/ipfs/{cid}"),
        ("?gateway=https://gate.example/", "https://gate.example/ipfs/{cid}"),
        ("?gateway=https://{cid}.ipfs.gate.example/?format=raw", "https://{cid}.ipfs.gate.example/?format=raw"),
    ],
)
def test_where_others_read_what_the_node_has(query, template):
    assert IpfsPlace(f"ipfs+https://node.example:5001{query}").template == template


def test_metadata_never_goes_there():
    place = IpfsPlace("ipfs+https://node.example")
    assert (place.holds_metadata, place.timestamp(), list(place.names())) == (False, None, [])
    with pytest.raises(UsageError):
        place.replace_timestamp(b"", None)
