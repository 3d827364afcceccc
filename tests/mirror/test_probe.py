"""Measuring mirrors: what is told of good ones, of partial ones, and of those that misbehave."""

import itertools
import os
import shutil
import threading
from pathlib import Path

import hostile as does
import pytest
from hostile import Behaviour, Exchange, hostile
from stands import THEN, Stand

from zoopkg.errors import OfflineError
from zoopkg.index.location import locate
from zoopkg.index.published import Standing
from zoopkg.mirror.carrier import Carrier
from zoopkg.mirror.probe import Health, Probe, sample
from zoopkg.mirror.source import Reader, Source
from zoopkg.transport.base import Opener
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors
from zoopkg.transport.offline import OfflineOpener

FILES = {"a.dcm": os.urandom(5000), "b.dcm": os.urandom(3000)}


@pytest.fixture
def measure(stand: Stand, tmp_path: Path):
    """Measures a mirror of the stand's index by a clock that moves a second at each look."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    stand.release("2.0.0", FILES)
    opener = default_opener(attempts=1)
    published = Source(locate(str(stand.idx)), opener, (), THEN, print).take(scratch, 2)
    where = Mirrors([Mirror.parse(str(stand.idx))], opener, warn=print)
    carrier = Carrier(opener, where, scratch, threading.Event(), lambda count, mirror: None)
    blobs = Reader(published, carrier, print).wanted((), 2, threading.Event(), others=False).blobs

    def health(mirror: str | Path, *, deep: bool = False, opener: Opener = opener) -> Health:
        ticks = itertools.count()
        probe = Probe(published, blobs, opener, lambda: float(next(ticks)), 2, deep, lambda count, mirror: None)
        return probe.health(Mirror.parse(str(mirror)))

    return health


def test_a_whole_mirror(stand: Stand, measure) -> None:
    found = measure(stand.idx, deep=True)
    largest = max(path.stat().st_size for path in stand.idx.glob("*.bundle"))
    assert (found.reached, found.latency, found.rate) == (True, 1.0, largest)
    assert (found.held, found.asked, found.ranges) == (6, 6, True)
    assert (found.standing, found.moment.version) == (Standing.SAME, 3)
    assert (found.faults, found.wrong) == ((), ())


def test_a_partial_mirror_of_blobs_is_no_bad_one(stand: Stand, measure, tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    for bundle in stand.idx.glob("*.bundle"):
        shutil.copy(bundle, tmp_path / "part")
    found = measure(tmp_path / "part")
    assert (found.reached, found.held, found.asked, found.standing) == (True, 2, 6, None)
    assert (found.faults, found.wrong) == ((), ())
    (tmp_path / "empty").mkdir()
    nothing = measure(tmp_path / "empty")
    assert (nothing.reached, nothing.held, nothing.rate, nothing.ranges) == (True, 0, None, None)


def test_an_older_state_and_another_index(stand: Stand, measure) -> None:
    old = stand.folder / "old"
    shutil.copytree(stand.idx, old)
    stand.release("3.0.0", {"d.dcm": b"d"})
    (old / "timestamp.json").write_bytes((stand.idx / "timestamp.json").read_bytes())
    assert measure(old).standing is Standing.NEWER
    other = Stand(stand.folder / "other")
    found = measure(other.idx)
    assert found.standing is Standing.FOREIGN
    assert "not of this index" in found.wrong[-1]


def test_other_bytes_are_told_of(stand: Stand, measure) -> None:
    bundle = max(stand.idx.glob("*.bundle"), key=lambda path: path.stat().st_size)
    small = min(stand.idx.glob("*.manifest"))
    data = bundle.read_bytes()
    bundle.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    small.write_bytes(small.read_bytes() + b"more")
    found = measure(stand.idx)
    assert found.held == 4  # neither the one of another size, nor the largest, which was read
    assert any(small.name in fault for fault in found.wrong)
    assert any(bundle.name in fault for fault in found.wrong)
    other = min(stand.idx.glob("*.layout"))
    other.write_bytes(bytes(other.stat().st_size))
    assert not any(other.name in fault for fault in measure(stand.idx).wrong)
    assert any(other.name in fault for fault in measure(stand.idx, deep=True).wrong)


def test_a_mirror_that_cannot_be_reached(measure) -> None:
    found = measure("http://127.0.0.1:1/")
    assert (found.reached, found.asked) == (False, 0)
    assert "127.0.0.1:1" in found.faults[0]


def test_the_network_may_be_ruled_out(measure) -> None:
    with pytest.raises(OfflineError):
        measure("http://127.0.0.1:1/", opener=OfflineOpener())


def served(folder: Path, *bad: Behaviour) -> Behaviour:
    """Honest but for the files that are bundles."""

    def behave(exchange: Exchange) -> bool:
        return (bad[0] if exchange.path.endswith(".bundle") else does.serve(folder))(exchange)

    return behave


def test_over_the_web(stand: Stand, measure) -> None:
    with hostile(does.serve(stand.idx)) as server:
        found = measure(server.url, deep=True)
    assert (found.held, found.ranges, found.standing, found.faults, found.wrong) == (6, True, Standing.SAME, (), ())


@pytest.mark.parametrize("bad", [does.gzipped(b"x"), does.status(500), does.closes()])
def test_what_fails_is_told_and_counts_as_not_there(stand: Stand, measure, bad: Behaviour) -> None:
    with hostile(served(stand.idx, bad)) as server:
        found = measure(server.url)
    assert (found.reached, found.held, found.wrong) == (True, 4, ())
    assert len(found.faults) == 2
    assert all(".bundle" in fault for fault in found.faults)


def test_what_is_forbidden_is_not_there(stand: Stand, measure) -> None:
    with hostile(served(stand.idx, does.status(403))) as server:
        found = measure(server.url)
    assert (found.held, found.faults, found.wrong) == (4, (), ())


def test_who_forbids_everything_is_asked_whether_it_is_public(measure) -> None:
    with hostile(does.status(403)) as server:
        found = measure(server.url)
    assert (found.reached, found.held) == (True, 0)
    assert found.faults == (f"{Mirror.parse(server.url)} answered 403, or 401, to every file: is it public?",)


def test_a_folder_that_is_not_there_does_not_answer(measure, tmp_path: Path) -> None:
    found = measure(tmp_path / "absent")
    assert (found.reached, found.faults) == (False, (f"there is no folder {tmp_path / 'absent'}",))


def test_a_rate_is_taken_over_some_seconds_and_not_to_the_end(stand: Stand, measure) -> None:
    with hostile(served(stand.idx, does.drip(stand.idx, size=1000))) as server:
        found = measure(server.url)
    assert found.rate is not None
    assert found.rate <= 1000  # a thousand bytes, at most, for each second of the test's clock
    assert not any(".bundle" in fault for fault in found.faults)


def test_a_blob_that_comes_too_slowly_is_not_read_to_its_end(
    stand: Stand, measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoopkg.mirror.probe._PATIENCE", (0.2, 1e6))
    with hostile(served(stand.idx, does.drip(stand.idx, 0.05))) as server:
        found = measure(server.url, deep=True)
    assert any("too slow" in fault for fault in found.faults)


def test_a_web_page_in_place_of_a_file_is_wrong(stand: Stand, measure) -> None:
    with hostile(served(stand.idx, does.html())) as server:
        found = measure(server.url)
    assert (found.held, found.faults, len(found.wrong)) == (4, (), 2)


def test_a_server_without_ranges(stand: Stand, measure) -> None:
    with hostile(does.ignores_range(stand.idx)) as server:
        found = measure(server.url)
    assert (found.ranges, found.held, found.faults) == (False, 6, ())


def test_a_sample_is_spread_over_all() -> None:
    blobs = list(range(1000))
    assert sample(blobs[:7], 50) == blobs[:7]
    assert sample(blobs, 50) == blobs[::20]
    assert len(sample(list(range(1001)), 50)) <= 50
