"""A push that is cut off at each of its calls: nobody sees half of it, and the next run finishes it."""

from contextlib import suppress

import pytest
from release_faults import bad_gateway, cut_at, from_number, unanswered, unasked
from release_pushes import ONCE, Push, blobs, documents, place_at, shown_by
from release_simulator import simulator

from zoopkg.mirror.place import TIMESTAMP
from zoopkg.transport.base import TransportError

FAULTS = {"unasked": unasked, "unanswered": unanswered, "half sent": cut_at(7), "bad gateway": bad_gateway}


@pytest.mark.parametrize("name", FAULTS)
def test_cut_off_at_any_call(sources, name: str) -> None:
    files = blobs(b"first blob", b"second blob") | blobs(b"of another", origin="zoo.demo-2.0.0")
    push = Push(sources, files | documents(n1_root=b"the root"))
    number = 0
    while True:
        number += 1
        with simulator() as github:
            github.misbehave(from_number(number, FAULTS[name], then=unasked))
            with suppress(TransportError):
                push.run(place_at(github, waits=ONCE))
            github.misbehave()
            assert push.consistent(github), number
            asked = len(github.requests("api", "uploads"))
            push.run(place_at(github))
            assert push.whole(github), number
            tags = [release.tag for release in github.releases]
            assert len(tags) == len(set(tags)), number
            assert {asset.state for release in github.releases for asset in release.assets} == {"uploaded"}
        if asked < number:
            break
    assert number > 15


@pytest.mark.parametrize("name", ["unasked", "unanswered", "bad gateway"])
def test_the_next_publication_cut_off_at_any_call(sources, name: str) -> None:
    """Whoever pushes the same state again closes the gap that the cut left open."""
    first = Push(sources, blobs(b"first blob") | documents(n1_root=b"the root"), b"timestamp 1")
    second = Push(sources, first.files | documents(n2_snapshot=b"a snapshot"), b"timestamp 2")
    number, ended = 0, False
    with simulator() as github:
        while not ended:
            github.releases.clear()
            github.misbehave()
            first.run(place_at(github))
            number += 1
            before = len(github.requests("api", "uploads"))
            github.misbehave(from_number(before + number, FAULTS[name], then=unasked))
            with suppress(TransportError):
                second.run(place_at(github, waits=ONCE))
                ended = True
            github.misbehave()
            assert shown_by(github).get(TIMESTAMP) in (b"timestamp 1", b"timestamp 2", None), number
            second.run(place_at(github))
            assert second.whole(github), number
    assert number > 10
