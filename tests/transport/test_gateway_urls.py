"""Which URLs are those of trustless gateways, and how blocks are asked for there."""

import pytest

from zoopkg.model.cid import Cid, Codec
from zoopkg.transport.base import Span, TransportError
from zoopkg.transport.gateway import Gateway

FILE, BLOCK = Cid.of(Codec.DAG_PB, b"file"), Cid.of(Codec.RAW, b"block")
ORDER = "car-version=1&car-order=dfs&car-dups=y"


@pytest.mark.parametrize(
    ("url", "block_url"),
    [
        ("https://gate.example/ipfs/{}?format=raw", "https://gate.example/ipfs/{}?format=raw"),
        ("HTTP://gate.example:8080/ipfs/{}/?format=car", "HTTP://gate.example:8080/ipfs/{}/?format=raw"),
        ("https://{}.ipfs.gate.example/?format=car", "https://{}.ipfs.gate.example/?format=raw"),
        ("https://{}.ipfs.gate.example?format=car", "https://{}.ipfs.gate.example?format=raw"),
        ("https://me:pw@gate.example/a/ipfs/{}?format=raw", "https://me:pw@gate.example/a/ipfs/{}?format=raw"),
        ("https://me:pw@{}.ipfs.gate.example/?format=raw", "https://me:pw@{}.ipfs.gate.example/?format=raw"),
        ("https://gate.example/ipfs/{}?key=a%26b&format=car", "https://gate.example/ipfs/{}?key=a%26b&format=raw"),
    ],
)
def test_blocks_are_asked_for_where_the_file_is(url: str, block_url: str) -> None:
    gateway = Gateway.of(url.format(FILE))
    assert gateway
    assert gateway.cid == FILE
    assert gateway.block_url(BLOCK) == block_url.format(BLOCK)


def test_a_car_is_asked_for_by_the_query_alone() -> None:
    gateway = Gateway.of(f"https://gate.example/ipfs/{FILE}?format=car")
    assert gateway
    base = f"https://gate.example/ipfs/{FILE}?format=car&dag-scope=entity&"
    assert gateway.car_url(None) == base + ORDER
    assert gateway.car_url(Span(5, 10)) == f"{base}entity-bytes=5%3A14&{ORDER}"


@pytest.mark.parametrize(
    "url",
    [
        "https://gate.example/ipfs/{}",
        "https://gate.example/ipfs/{}?format=json",
        "https://gate.example/ipfs/{}?Format=raw",
        "https://gate.example/ipfs/{}?x=format=raw",
        "https://gate.example/ipfs/{}/name?format=raw",
        "https://gate.example/ipns/{}?format=raw",
        "https://gate.example/{}?format=raw",
        "https://{}.gate.example/?format=raw",
        "https://{}.ipfs.gate.example/name?format=raw",
        "https://gate.example/?format=raw&at=/ipfs/{}",
        "https://gate.example/#/ipfs/{}?format=raw",
        "file:///ipfs/{}?format=raw",
    ],
)
def test_other_urls(url: str) -> None:
    assert Gateway.of(url.format(FILE)) is None


def test_a_cid_that_is_none() -> None:
    with pytest.raises(TransportError, match="has no CID"):
        Gateway.of(f"https://gate.example/ipfs/b{'a' * 58}?format=raw")
