"""Measuring mirrors of an index one after the other: takes its newest state, and has each looked at by a `Probe`."""

import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from zoopkg.errors import UsageError
from zoopkg.install.progress import Progress
from zoopkg.mirror.carrier import Carrier
from zoopkg.mirror.probe import Health, Probe, sample
from zoopkg.mirror.source import Reader, Source
from zoopkg.transport.base import Opener
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors


@dataclass(frozen=True, slots=True)
class How:
    """How to look at mirrors.

    Attributes:
        opener: how to reach them; should not try again.
        at_once: how many requests at the same time.
        every: look for every blob, instead of a sample.
        deep: read and verify every blob.
    """

    opener: Opener
    at_once: int
    every: bool = False
    deep: bool = False


def measure(source: Source, mirrors: Iterable[Mirror], how: How, progress: Progress) -> Iterator[Health]:
    """What there is to say of each mirror.

    Args:
        source: the index, and where its layouts are.
        mirrors: whom to look at.
        how: to look at them.
        progress: told of bytes that are verified.

    Raises:
        UsageError: the index has no release yet.
        ZooError: the index cannot be had, or fails verification.
    """
    with tempfile.TemporaryDirectory(prefix="zoopkg-test-", ignore_cleanup_errors=True) as scratch:
        folder, stop = Path(scratch), Event()
        published = source.take(folder, how.at_once)
        where = Mirrors(source.all_mirrors, source.opener, warn=progress.warn)
        carrier = Carrier(source.opener, where, folder, stop, lambda _, __: None)
        blobs = Reader(published, carrier, progress.warn).wanted((), how.at_once, stop, others=False).blobs
        if not blobs:
            raise UsageError("the index has no release yet, so there is nothing to ask mirrors for")
        wanted = blobs if how.every or how.deep else sample(blobs)
        probe = Probe(published, wanted, how.opener, time.perf_counter, how.at_once, how.deep, progress.advance)
        for mirror in mirrors:
            if how.deep:
                progress.begin("Reading", sum(blob.size for blob in wanted))
            yield probe.health(mirror)
