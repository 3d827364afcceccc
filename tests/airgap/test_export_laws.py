"""Laws of the format: what is written is read, and nothing that was cut off or altered is."""

import io
from pathlib import Path

import pytest
from exports import check, on_disk, sections
from hypothesis import given
from hypothesis import strategies as st
from strategies import digests, law, layouts, name_parts

from zoopkg.airgap.format import Document, Index, IndexFile, Section, decode, encode, length_of
from zoopkg.airgap.writing import ExportWriter
from zoopkg.errors import IntegrityError
from zoopkg.model.blob import BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Block, Member

lengths = st.integers(1, 1 << 20)
indexes = st.builds(Index, name_parts)
file_names = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z%._-]{0,20}", fullmatch=True)
files = st.builds(
    IndexFile,
    file_names,
    lengths,
    lengths,
    st.sampled_from([(), ("zoo/demo.json",), ("lab/_revoked.json", "zoo/_revoked.json")]),
)
documents = st.builds(Document, st.sampled_from([BlobKind.MANIFEST, BlobKind.LAYOUT]), digests, lengths, lengths)
blocks = layouts().map(lambda layout: [block for bundle in layout.bundles for block in bundle.blocks if block.members])
bodies = st.binary(min_size=1, max_size=40)


@law
@given(st.one_of(indexes, files, documents))
def test_a_header_line_says_all_of_its_section(section: Section) -> None:
    offset = 0 if isinstance(section, Index) else section.offset
    assert decode(encode(section)[:-1], "it", offset) == section


@law
@given(blocks)
def test_a_block_is_that_of_a_layout(some: list[Block]) -> None:
    assert [decode(encode(block)[:-1], "it", block.offset) for block in some] == some


@st.composite
def exports(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A whole export, and the bodies of its sections."""
    out = io.BytesIO()
    writer = ExportWriter(out)
    written = []
    for name in sorted(draw(st.sets(name_parts, max_size=2))):
        writer.index(name)
        written.append(b"")
        for file in draw(st.lists(file_names, unique=True, max_size=3)):
            written.append(draw(bodies))
            writer.file(file, written[-1], draw(st.sampled_from([(), (f"zoo/{file}", f"lab/{file}")])))
    for kind in (BlobKind.MANIFEST, BlobKind.LAYOUT):
        for body in draw(st.lists(bodies, unique=True, max_size=2)):
            written.append(body)
            writer.document(kind, Digest.of(body), body)
    for body in draw(st.lists(bodies, max_size=3)):
        written.append(body)
        block = Block(0, len(body), len(body), (Member(Digest.of(body), 0, len(body)),))
        writer.block(block, [body[:1], body[1:]])
    writer.end()
    assert writer.size == len(out.getvalue())
    return out.getvalue(), written


@law
@given(exports())
def test_what_is_written_is_read(memory: Path, made: tuple[bytes, list[bytes]]) -> None:
    data, written = made
    check(memory / "export", data)
    found = sections(memory / "export", data)
    assert [body for _, body in found] == written
    assert [length_of(section) for section, _ in found] == [len(body) for body in written]


@law
@given(exports())
def test_the_reader_tells_how_far_it_is(memory: Path, made: tuple[bytes, list[bytes]]) -> None:
    seen: list[int] = []
    on_disk(memory / "export", made[0]).check(seen.append)
    assert sum(seen) <= len(made[0]) < sum(seen) + 200  # all but the end


@law
@given(exports(), st.data())
def test_an_export_that_was_cut_off_says_where(
    memory: Path, made: tuple[bytes, list[bytes]], data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, len(made[0]) - 1))
    with pytest.raises(IntegrityError) as caught:
        check(memory / "export", made[0][:length])
    assert f"it ends after {length:,} bytes" in caught.value.message


@law
@given(exports(), st.data())
def test_an_export_that_was_altered_is_refused(
    memory: Path, made: tuple[bytes, list[bytes]], data: st.DataObject
) -> None:
    export = made[0]
    place = data.draw(st.integers(0, len(export) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != export[place]))
    more = data.draw(st.binary(min_size=1, max_size=3))
    for altered in (
        export[:place] + bytes([other]) + export[place + 1 :],
        export[:place] + export[place + 1 :],
        export + more,
    ):
        with pytest.raises(IntegrityError):
            check(memory / "export", altered)


@law
@given(exports(), st.binary(min_size=1, max_size=3), st.data())
def test_bytes_put_in_are_refused(
    memory: Path, made: tuple[bytes, list[bytes]], more: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(made[0]) - 1))
    with pytest.raises(IntegrityError):
        check(memory / "export", made[0][:place] + more + made[0][place:])
