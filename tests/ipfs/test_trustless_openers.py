"""The port's contract over trustless gateways, block by block and in CARs, with files of one block and of many."""

from typing import ClassVar
from urllib.parse import quote

import pytest
from ipfs.gateway import TrustlessGateway, serving
from transport.contract import DATA, LIMIT, NAMES, OpenerContract

from zoopkg.model.unixfs import PROFILE, Shape
from zoopkg.transport.base import MissingError, Span
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.http import HttpOpener
from zoopkg.transport.ipfs import IpfsOpener

SMALL = Shape(leaf_bytes=10_000, max_links=5)  # DATA has 27 leaves, 6 nodes above them, 2 above these, and a root


class OverGateway(OpenerContract):
    """Derive, and define `form` and `shape`."""

    form = "raw"
    shape = PROFILE
    answering: ClassVar[dict[str, object]] = {}

    @pytest.fixture(scope="class")
    @classmethod
    def gateway(cls):
        with serving(TrustlessGateway(shape=cls.shape, **cls.answering)) as gateway:
            yield gateway

    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, gateway):
        files = {**dict.fromkeys(NAMES, DATA), "empty.bundle": b"", "one.bundle": b"1"}
        cids = {name: gateway.add(data) for name, data in files.items()}
        absent = TrustlessGateway(shape=cls.shape).add(b"nowhere")
        return lambda name: f"{gateway.url}/{quote(name)}/ipfs/{cids.get(name, absent)}?format={cls.form}"

    @pytest.fixture
    def opener(self):
        inner = HttpOpener()
        yield IpfsOpener(inner, shape=self.shape)
        inner.close()

    def test_missing_below_a_file(self, opener, gateway):
        with pytest.raises(MissingError):
            opener.open(f"{gateway.url}/ipfs/{gateway.add(DATA)}/below?format={self.form}", limit=LIMIT)

    def test_a_span_comes_as_a_span_and_with_no_more_blocks_than_it_needs(self, opener, place, gateway):
        before = len(gateway.asked)
        with opener.open(place(NAMES[0]), limit=LIMIT, span=Span(100_001, 5)) as body:
            assert body.start == 100_001
            assert b"".join(body) == DATA[100_001:100_006]
        assert len(gateway.asked) - before == self.requests_of_a_small_span

    def test_span_after_the_file_changed_is_the_whole_file(self, opener, place):
        with opener.open(place(NAMES[0]), limit=LIMIT, span=Span(7, 7), validator='"another"') as body:
            assert body.start == 0
            assert b"".join(body) == DATA


class TestRaw(OverGateway):
    requests_of_a_small_span = 1


class TestRawOfManyBlocks(OverGateway):
    shape = SMALL
    requests_of_a_small_span = 4


class TestCar(OverGateway):
    form = "car"
    requests_of_a_small_span = 1


class TestCarOfManyBlocks(OverGateway):
    form = "car"
    shape = SMALL
    requests_of_a_small_span = 1


class TestCarWithoutDuplicates(OverGateway):
    """DATA repeats every 256 bytes, so that leaves of 2,560 bytes are all the same."""

    form = "car"
    shape = Shape(leaf_bytes=2560, max_links=5)
    answering: ClassVar = {"dups": False}
    requests_of_a_small_span = 1


class TestNoCars(OverGateway):
    form = "car"
    shape = SMALL
    answering: ClassVar = {"cars": 501}
    requests_of_a_small_span = 5  # the CAR that was refused, and four blocks


class TestCarsOfWholeFilesOnly(OverGateway):
    form = "car"
    shape = SMALL
    answering: ClassVar = {"spans": False}
    requests_of_a_small_span = 3  # the CAR, from which the root is taken and the node below it, and two blocks


class TestByDefault(OverGateway):
    form = "car"
    requests_of_a_small_span = 1

    @pytest.fixture
    def opener(self):
        return default_opener()
