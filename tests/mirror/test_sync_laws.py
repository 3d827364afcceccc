"""For any small index: a mirror holds what a client needs and no more, and copying twice is copying once."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stands import Stand, needed, published
from zoopkg_cli import Machine, contents

CONTENTS = st.dictionaries(
    st.sampled_from(["a.dcm", "b/c.dcm", "d.txt"]), st.binary(min_size=1, max_size=300), min_size=1, max_size=3
)
RELEASES = st.lists(st.tuples(st.sampled_from(["demo", "other"]), CONTENTS), max_size=3)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RELEASES, st.integers(1, 3))
def test_copying(memory: Path, releases: list[tuple[str, dict[str, bytes]]], at_once: int) -> None:
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        stand = Stand(Path(folder))
        for n, (name, files) in enumerate(releases):
            stand.add(name, f"2.{n}.0", files)
            if n % 2:
                stand.publish()
        stand.publish()
        mirror = stand.folder / "mirror"
        assert stand.sync(stand.place(), at_once=at_once).present == 0
        assert published(mirror) == needed(mirror) == needed(stand.idx)
        assert all((mirror / name).read_bytes() == (stand.idx / name).read_bytes() for name in published(mirror))
        again = stand.sync(stand.place(), at_once=at_once, delete=True)
        assert (again.copied, again.renewed, again.removed) == ((), False, ())
        installed = [Machine(stand.folder / name) for name in ("original", "copy")]
        for machine, index in zip(installed, (stand.idx, mirror), strict=True):
            packs = ["demo", *({"other"} & {name for name, _ in releases})]
            machine.call("install", *packs, "--index", index, "--allow-stale", "100000").expect(0)
        assert contents(installed[0].zoo) == contents(installed[1].zoo) != {}
