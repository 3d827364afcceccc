"""Gateways that lie, babble or break off: no byte that was not verified is passed on, and nothing goes on for ever."""

import random

import pytest
from hostile import closes, cut, endless, hostile, html, raw, serve, status
from ipfs.gateway import TrustlessGateway, serving

from zoopkg.errors import IntegrityError
from zoopkg.model.car import header, section
from zoopkg.model.cid import Cid, Codec
from zoopkg.model.dagpb import Link, file_node, varint
from zoopkg.model.unixfs import Shape
from zoopkg.transport.base import MissingError, OverlongError, Span, TransportError
from zoopkg.transport.http import HttpConfig, HttpOpener
from zoopkg.transport.ipfs import IpfsOpener
from zoopkg.transport.retry import RetryingOpener

SHAPE = Shape(leaf_bytes=1000, max_links=3)
DATA = random.Random(4).randbytes(10_500)  # 11 leaves, 4 nodes, 2, and the root
LIMIT = len(DATA)
FORMS = ["raw", "car"]


@pytest.fixture
def inner():
    opener = HttpOpener(HttpConfig(connect_timeout=5, stall_timeout=5, grace=5))
    yield opener
    opener.close()


@pytest.fixture
def opener(inner):
    return IpfsOpener(RetryingOpener(inner, sleep=lambda _: None), shape=SHAPE)


@pytest.fixture
def gateway():
    with serving(TrustlessGateway(shape=SHAPE)) as gateway:
        yield gateway


@pytest.fixture
def root(gateway) -> str:
    return gateway.add(DATA)


def read(opener, url: str, passed: bytearray, span: Span | None = None) -> None:
    with opener.open(url, limit=LIMIT, span=span) as body:
        for piece in body:
            passed += piece


def nodes(gateway, root):
    return list(gateway.trees[root].walk())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("which", range(18))
def test_a_block_with_one_wrong_bit(opener, gateway, root, form, which):
    cid = str(nodes(gateway, root)[which].link.cid)
    block = bytearray(gateway.blocks[cid])
    block[len(block) // 2] ^= 1
    gateway.blocks[cid] = bytes(block)
    passed = bytearray()
    with pytest.raises(IntegrityError, match=rf"127\.0\.0\.1.* that are not the block {cid}"):
        read(opener, f"{gateway.url}/ipfs/{root}?format={form}", passed)
    assert DATA.startswith(passed)
    assert len(passed) < LIMIT


@pytest.mark.parametrize("form", FORMS)
def test_the_right_bytes_of_another_block(opener, gateway, root, form):
    leaves = [str(node.link.cid) for node in nodes(gateway, root) if not node.children]
    gateway.blocks[leaves[4]] = gateway.blocks[leaves[5]]
    passed = bytearray()
    with pytest.raises(IntegrityError, match=leaves[4]):
        read(opener, f"{gateway.url}/ipfs/{root}?format={form}", passed)
    assert passed == DATA[:4000]


@pytest.mark.parametrize("form", FORMS)
def test_a_block_that_the_gateway_lacks(opener, gateway, root, form):
    leaves = [str(node.link.cid) for node in nodes(gateway, root) if not node.children]
    del gateway.blocks[leaves[4]]
    passed = bytearray()
    with pytest.raises(TransportError, match=r"lacks a part of it.*404") as caught:
        read(opener, f"{gateway.url}/ipfs/{root}?format={form}", passed)
    assert caught.value.permanent
    assert passed == DATA[:4000]
    passed.clear()
    read(opener, f"{gateway.url}/ipfs/{root}?format={form}", passed, Span(5000, 5500))
    assert passed == DATA[5000:]


@pytest.mark.parametrize("form", FORMS)
def test_another_file(opener, gateway, root, form):
    gateway.blocks[root] = gateway.blocks[gateway.add(DATA[::-1])]
    with pytest.raises(IntegrityError, match="that are not the block"):
        opener.open(f"{gateway.url}/ipfs/{root}?format={form}", limit=LIMIT)


def dag(root: bytes, *others: bytes) -> tuple[str, dict[str, bytes]]:
    """A root, and the blocks that somebody made up."""
    blocks = {str(Cid.of(codec, block)): block for block in (root, *others) for codec in Codec}
    return str(Cid.of(Codec.DAG_PB, root)), blocks


LEAF = b"x" * 1000
LINK = Link(Cid.of(Codec.RAW, LEAF), 1000, 1000)
CHAIN = [file_node([LINK, LINK])]
for _ in range(50):
    CHAIN.append(file_node([Link(Cid.of(Codec.DAG_PB, CHAIN[-1]), 1000, 1000), LINK]))
MADE_UP = {
    "deeper than its size": dag(CHAIN[-1], LEAF, *CHAIN),
    "leaves that are shorter than stated": dag(
        file_node([Link(Cid.of(Codec.RAW, b"short"), 1000, 1000), LINK]), b"short", LEAF
    ),
    "sizes that add up to more": dag(file_node([LINK, Link(LINK.cid, 900, 1000)]), LEAF),
    "a child of another codec": dag(file_node([LINK, LINK]).replace(b"\x01\x55", b"\x01\x71"), LEAF),
    "a child by its identity": dag(file_node([LINK, LINK]).replace(b"\x12\x20", b"\x00\x20"), LEAF),
    "no children": dag(file_node([])),
    "one child": dag(file_node([LINK]), LEAF),
    "no protobuf": dag(b"<!DOCTYPE html>"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("made_up", MADE_UP.values(), ids=MADE_UP.keys())
def test_trees_that_no_file_has(opener, gateway, made_up, form):
    """Somebody who signs an index may state any CID, and a gateway may have what it leads to."""
    root, blocks = made_up
    gateway.blocks |= blocks
    gateway.cars = 200 if form == "raw" else 406
    with pytest.raises(IntegrityError, match=r"127\.0\.0\.1.*leads to what is no file"):
        read(opener, f"{gateway.url}/ipfs/{root}?format={form}", bytearray())
    assert len(gateway.asked) <= 4


def test_a_root_that_claims_to_be_huge(opener, gateway):
    root, blocks = dag(file_node([Link(LINK.cid, 1 << 61, 1 << 61)] * 3))
    gateway.blocks |= blocks
    with pytest.raises(OverlongError, match=str(3 << 61)):
        opener.open(f"{gateway.url}/ipfs/{root}?format=raw", limit=LIMIT)


def test_a_root_with_more_links_than_a_node_may_have(opener, gateway):
    root, blocks = dag(file_node([LINK] * 3000))
    gateway.blocks |= blocks
    with pytest.raises(OverlongError):
        opener.open(f"{gateway.url}/ipfs/{root}?format=raw", limit=LIMIT)


def test_what_breaks_off_is_asked_for_again(inner):
    """A root as well as a leaf."""
    gateway = TrustlessGateway(shape=SHAPE)
    root = gateway.add(DATA[:1500])
    first, second = (str(node.link.cid) for node in gateway.trees[root].children)
    opener = IpfsOpener(RetryingOpener(inner, sleep=lambda _: None), shape=SHAPE)
    blocks = [gateway.blocks[cid] for cid in (root, first, second)]
    script = [cut(blocks[0], 10), serve(blocks[0]), cut(blocks[1], 10), closes(), serve(blocks[1]), serve(blocks[2])]
    passed = bytearray()
    with hostile(*script) as server:
        read(opener, f"{server.url}/ipfs/{root}?format=raw", passed)
    assert passed == DATA[:1500]
    assert len(server.asked) == len(script)


CAR = TrustlessGateway(shape=SHAPE)
ROOT = CAR.add(DATA[:1500])
PIECES = list(CAR.car(ROOT, "0:*"))
STRANGER = section(Cid.of(Codec.RAW, b"stranger"), b"stranger")
BAD_CARS = {
    "an empty answer": b"",
    "a web page": b"<!DOCTYPE html><title>Hello</title>",
    "the file itself": DATA,
    "a header that is huge": varint(1 << 40) + b"\xa2" * 100,
    "a header that never begins": b"\xff" * 100,
    "a CAR of version 2": bytes.fromhex("0aa16776657273696f6e02") + b"".join(PIECES),
    "a block that is huge": PIECES[0] + varint(1 << 50) + PIECES[1][2:],
    "a block of nothing": PIECES[0] + b"\x00" * 100,
    "a length that never ends": PIECES[0] + b"\xff" * 100,
    "a stranger first": PIECES[0] + STRANGER + b"".join(PIECES[1:]),
    "a stranger later": b"".join(PIECES[:2]) + STRANGER + b"".join(PIECES[2:]),
    "an identity CID": PIECES[0] + b"\x06\x01\x55\x00\x02ab" + b"".join(PIECES[1:]),
    "another order": PIECES[0] + PIECES[2] + PIECES[1] + PIECES[3],
    "nothing but a header": PIECES[0],
    "an end in a block": b"".join(PIECES)[:-5],
    "another header": header(Cid.of(Codec.RAW, b"")) + b"".join(PIECES[1:2]),
}


@pytest.mark.parametrize("car", BAD_CARS.values(), ids=BAD_CARS.keys())
def test_what_is_no_car_in_order_is_not_taken_and_the_blocks_are_asked_for(opener, car):
    passed = bytearray()

    def behave(exchange):
        if "format=car" in exchange.path:
            return exchange.reply(200, car)
        return exchange.reply(200, CAR.blocks[exchange.path.rpartition("/")[2].partition("?")[0]])

    with hostile(behave) as server:
        read(opener, f"{server.url}/ipfs/{ROOT}?format=car", passed)
    assert passed == DATA[:1500]
    assert len(server.asked) <= 4


@pytest.mark.parametrize("at", range(1, len(PIECES)))
def test_a_car_that_breaks_off_anywhere(opener, at):
    passed = bytearray()
    whole = b"".join(PIECES)

    def behave(exchange):
        if "format=car" in exchange.path:
            return cut(whole, len(b"".join(PIECES[:at])) + 7, declared=False)(exchange)
        return exchange.reply(200, CAR.blocks[exchange.path.rpartition("/")[2].partition("?")[0]])

    with hostile(behave) as server:
        read(opener, f"{server.url}/ipfs/{ROOT}?format=car", passed)
    assert passed == DATA[:1500]
    assert len(server.asked) == 1 + len(PIECES) - at


def test_what_follows_the_last_block_is_not_read(opener):
    passed = bytearray()

    def behave(exchange):
        exchange.head(200, "Transfer-Encoding: chunked")
        exchange.send(b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in PIECES))
        return endless(STRANGER * 1000)(exchange)

    with hostile(behave) as server:
        read(opener, f"{server.url}/ipfs/{ROOT}?format=car", passed)
    assert passed == DATA[:1500]
    assert len(server.asked) == 1


@pytest.mark.parametrize("behaviour", [endless(), endless(STRANGER * 1000), html(), raw(b"\x00" * 1000)])
@pytest.mark.parametrize("form", FORMS)
def test_babble_ends(opener, form, behaviour):
    with hostile(behaviour) as server, pytest.raises((TransportError, IntegrityError)):
        read(opener, f"{server.url}/ipfs/{ROOT}?format={form}", bytearray())


@pytest.mark.parametrize("code", [400, 406, 501])
def test_a_gateway_without_cars_is_not_asked_for_one_again(opener, gateway, root, code):
    gateway.cars = code
    for _ in range(3):
        passed = bytearray()
        read(opener, f"{gateway.url}/ipfs/{root}?format=car", passed)
        assert passed == DATA
    assert sum("format=car" in path for path in gateway.asked) == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_gateway_that_is_down_is_asked_as_often_as_any_server(inner, form):
    opener = IpfsOpener(RetryingOpener(inner, attempts=3, sleep=lambda _: None), shape=SHAPE)
    with hostile(status(503)) as server, pytest.raises(TransportError, match="503"):
        opener.open(f"{server.url}/ipfs/{ROOT}?format={form}", limit=LIMIT)
    assert len(server.asked) == 3


def test_other_urls_are_left_alone(opener, gateway):
    path = f"{gateway.url}/ipfs/{ROOT}"
    for url in (path, f"{path}?format=json", f"{gateway.url}/ipfs/bafkqaaa?format=raw", f"{gateway.url}/a?format=raw"):
        with pytest.raises((MissingError, TransportError), match="40"):
            opener.open(url, limit=LIMIT)
    assert [asked.partition("?")[2] for asked in gateway.asked] == ["", "format=json", "format=raw", "format=raw"]


def test_what_looks_like_a_cid_and_is_none(opener):
    with pytest.raises(TransportError, match="has no CID") as caught:
        opener.open(f"http://127.0.0.1:1/ipfs/b{'a' * 58}?format=raw", limit=LIMIT)
    assert caught.value.permanent
