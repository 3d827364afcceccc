"""What a walk remembers of earlier files saves time, and changes nothing that it notes."""

import pytest
from dicom_bytes import ct, explicit, implicit, item, open_item, sequence_end
from hypothesis import given, settings
from hypothesis import strategies as st

from zoopkg.dicom import runs, scanner
from zoopkg.dicom.encoding import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from zoopkg.dicom.scanner import scan
from zoopkg.dicom.wanted import Wanted

ROWS = 0x00280010
PRIVATE_CREATOR = 0x00090010
ENCODINGS = (EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE)
SEEDS = (
    ct() * 3,
    ct(implicit) * 3,
    ct(order=">") * 3,
    ct() + explicit(0x00400275, "SQ", open_item(ct()) + item(ct())) + explicit(PRIVATE_CREATOR, "LO", b"MAKER") + ct(),
    ct(implicit) + implicit(0x00400275, item(ct(implicit)) + item(ct(implicit))) + ct(implicit) + sequence_end(),
)


def new_wanted():
    return Wanted(top={ROWS, 0x00080060, 0x7FE00001}, nested={ROWS})


@st.composite
def data_sets(draw):
    """Data sets that differ from one another in a few places, and are read in whatever encoding."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        new = draw(st.one_of(st.binary(max_size=8), st.sampled_from([item(), b"\2", ct()])))
        data[at : at + draw(st.integers(0, 8))] = new
    return bytes(data[: draw(st.one_of(st.none(), st.integers(0, 1000)))]), draw(st.sampled_from(ENCODINGS))


@settings(max_examples=300, deadline=None)
@given(st.lists(data_sets(), min_size=1, max_size=4), st.integers(1, 100))
def test_a_walk_that_remembers_notes_what_one_notes_that_does_not(files, steps):
    wanted = new_wanted()
    with pytest.MonkeyPatch.context() as patch:
        for limit in (scanner.MAX_STEPS, steps):
            patch.setattr(scanner, "MAX_STEPS", limit)
            for data, encoding in files * 2:
                view = memoryview(data)
                assert scan(view, 0, encoding, wanted) == scan(view, 0, encoding, new_wanted())


def test_the_same_headers_are_walked_once(monkeypatch):
    wanted = new_wanted()
    first, second = (ct() + explicit(ROWS, "US", bytes((rows, 0))) for rows in (1, 2))
    seen = scan(memoryview(first), 0, EXPLICIT_LITTLE, wanted)
    monkeypatch.setattr(runs.Runs, "remember", lambda _, view, looks, *__: walked.extend(looks))
    walked = []
    assert scan(memoryview(second), 0, EXPLICIT_LITTLE, wanted) == seen
    assert walked == []


def test_so_many_runs_are_remembered_and_no_more():
    wanted = new_wanted()
    for length in range(2 * runs._MAX_RUNS):
        data = explicit(0x00080005, "LO", bytes(2 * length)) + explicit(0x00080016, "UI") * runs.RUN
        scan(memoryview(data), 0, EXPLICIT_LITTLE, wanted)
    assert 0 < len(wanted.layout(EXPLICIT_LITTLE, inside=False).runs) <= runs._MAX_RUNS
