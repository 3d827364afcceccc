"""Laws of the requests: everything wanted is asked for once, in few requests of bounded size."""

from itertools import groupby, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from zoopkg.install.ranges import GAP_BYTES, REQUEST_BYTES, Request, plan_requests
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Block, Bundle, Layout, Member

DIGESTS = [Digest.of(n.to_bytes(2)) for n in range(60)]
SIZES = {digest: 10 + n for n, digest in enumerate(DIGESTS)}


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    """Blocks one after the other, with gaps around the one that is still bridged, and lengths around the limit."""
    offset, blocks = 0, []
    for _ in range(draw(st.integers(1, 12))):
        offset += draw(st.sampled_from([0, 1, GAP_BYTES - 1, GAP_BYTES, GAP_BYTES + 1, 3 * GAP_BYTES]))
        length = draw(st.sampled_from([1, 1000, 256 << 10, REQUEST_BYTES // 2, REQUEST_BYTES, REQUEST_BYTES + 1]))
        place, members = 0, []
        for digest in draw(st.lists(st.sampled_from(DIGESTS), min_size=1, max_size=4, unique=True)):
            members.append(Member(digest, place, SIZES[digest]))
            place += SIZES[digest]
        blocks.append(Block(offset, length, place, tuple(members)))
        offset += length
    size = offset + draw(st.integers(0, 10))
    name = Digest.of(repr(blocks).encode())
    return Bundle(Blob(BlobKind.BUNDLE, name, "0" * 64, size, "", "zoo.demo-1.0.0"), tuple(blocks))


layouts = st.lists(st.lists(bundles(), max_size=3).map(lambda each: Layout(tuple(each))), max_size=3)
wishes = st.sets(st.sampled_from(DIGESTS)).map(lambda each: {digest: SIZES[digest] for digest in each})


@settings(deadline=None, max_examples=80)
@given(layouts, wishes)
def test_laws_of_requests(layouts: list[Layout], wanted: dict[Digest, int]) -> None:
    requests, unknown = plan_requests(layouts, wanted)
    every_wanted_content_is_asked_for_once(requests, unknown, layouts, wanted)
    for request in requests:
        is_bounded(request)
    no_two_could_be_one(requests)
    lengths = [request.span.length for request in requests]
    assert lengths == sorted(lengths, reverse=True)


def every_wanted_content_is_asked_for_once(
    requests: list[Request], unknown: set[Digest], layouts: list[Layout], wanted: dict[Digest, int]
) -> None:
    asked = [member.digest for request in requests for block in request.blocks for member in block.members]
    blocks = [block for layout in layouts for bundle in layout.bundles for block in bundle.blocks]
    known = {member.digest for block in blocks for member in block.members}
    assert sorted(asked) == sorted(wanted.keys() & known)
    assert unknown == wanted.keys() - known


def is_bounded(request: Request) -> None:
    assert request.span.length <= REQUEST_BYTES or len(request.blocks) == 1
    assert request.span.end <= request.blob.size
    for before, block in pairwise(request.blocks):
        assert 0 <= block.offset - (before.offset + before.length) <= GAP_BYTES


def no_two_could_be_one(requests: list[Request]) -> None:
    """So their number is bounded: neighbours are apart, or together more than one request may ask for."""
    requests = sorted(requests, key=lambda each: (each.blob.name, each.span.start))
    for _, group in groupby(requests, key=lambda each: each.blob):
        for before, after in pairwise(group):
            apart = after.span.start - before.span.end > GAP_BYTES
            first = after.blocks[0]
            assert apart or first.offset + first.length - before.span.start > REQUEST_BYTES


def one_block(*members: Member, size: int = 1000) -> Layout:
    blob = Blob(BlobKind.BUNDLE, Digest.of(b"bundle"), "0" * 64, 5000, "", "zoo.demo-1.0.0")
    return Layout((Bundle(blob, (Block(100, 50, size, members),)),))


def test_members_of_one_block_in_two_layouts_are_asked_for_together() -> None:
    first, second = Member(DIGESTS[0], 0, SIZES[DIGESTS[0]]), Member(DIGESTS[1], 500, SIZES[DIGESTS[1]])
    requests, _ = plan_requests([one_block(second), one_block(first)], {each: SIZES[each] for each in DIGESTS[:2]})
    assert [request.blocks for request in requests] == [(Block(100, 50, 1000, (first, second)),)]


def test_a_member_of_another_size_is_not_what_is_wanted() -> None:
    """A layout needs no trust: one that states a size of its own could fill the disk before the digest tells."""
    requests, unknown = plan_requests([one_block(Member(DIGESTS[0], 0, 900))], {DIGESTS[0]: 12})
    assert (requests, unknown) == ([], {DIGESTS[0]})
