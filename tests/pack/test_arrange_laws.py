"""Which contents share a block: every one once, blocks within their bound, and each series by itself."""

from hypothesis import given
from hypothesis import strategies as st
from strategies import law

from zoopkg.model.digest import Digest
from zoopkg.model.layout import BLOCK_BYTES, MAX_MEMBERS
from zoopkg.pack.blocks import LARGE_INSTANCE, MAX_BUNDLES, TARGET_BUNDLE, Piece, arrange

_sizes = st.one_of(
    st.integers(0, 2000),
    st.integers(0, BLOCK_BYTES),
    st.sampled_from([0, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, LARGE_INSTANCE, LARGE_INSTANCE + 1]),
)


@st.composite
def pieces(draw: st.DrawFn) -> list[Piece]:
    made = draw(st.lists(st.tuples(_sizes, st.sampled_from("xyz"), st.sampled_from(["", "1.2", "1.3"])), max_size=40))
    return [
        Piece(Digest.of(str(n).encode()), size, f"{folder}/{n:03}", series)
        for n, (size, folder, series) in enumerate(made)
    ]


def size(block: tuple[Piece, ...]) -> int:
    return sum(piece.size for piece in block)


@law
@given(pieces())
def test_every_content_has_one_place(made: list[Piece]) -> None:
    arranged = arrange(made)
    placed = [piece for block in arranged.blocks for piece in block] + list(arranged.alone)
    assert sorted(placed, key=lambda piece: piece.digest) == sorted(made, key=lambda piece: piece.digest)


@law
@given(pieces())
def test_a_block_is_small_or_has_one_piece(made: list[Piece]) -> None:
    arranged = arrange(made)
    assert all(block and (len(block) == 1 or size(block) <= BLOCK_BYTES) for block in arranged.blocks)
    assert all(piece.size > LARGE_INSTANCE for piece in arranged.alone)
    assert all(piece.size <= LARGE_INSTANCE for block in arranged.blocks for piece in block)


@law
@given(pieces())
def test_pieces_of_two_series_never_share_a_block(made: list[Piece]) -> None:
    assert all(len({piece.series for piece in block}) == 1 for block in arrange(made).blocks)


@law
@given(pieces())
def test_a_series_is_told_in_the_order_of_its_paths(made: list[Piece]) -> None:
    for series in {piece.series for piece in made}:
        small = [p.path for block in arrange(made).blocks for p in block if p.series == series and p.size < BLOCK_BYTES]
        assert small == sorted(small)


@law
@given(pieces(), st.randoms(use_true_random=False))
def test_the_order_in_which_pieces_come_does_not_matter(made: list[Piece], chance: object) -> None:
    shuffled = list(made)
    chance.shuffle(shuffled)
    assert arrange(shuffled) == arrange(made)


@law
@given(pieces())
def test_blocks_are_not_smaller_than_they_need_be(made: list[Piece]) -> None:
    """Two neighbouring blocks of small pieces of one group never fit into one."""
    small = [block for block in arrange(made).blocks if size(block) < BLOCK_BYTES]
    series = {piece.series for piece in made}
    assert len(small) <= 2 * sum(map(size, small)) / BLOCK_BYTES + len(series) + 1


def test_a_block_has_no_more_members_than_a_layout_may_tell_of() -> None:
    many = [Piece(Digest.of(str(n).encode()), 1, f"{n:06}", "") for n in range(MAX_MEMBERS + 1)]
    assert [len(block) for block in arrange(many).blocks] == [MAX_MEMBERS, 1]


def test_the_target_grows_so_that_a_release_can_carry_the_bundles() -> None:
    def target(total: int) -> int:
        return arrange([Piece(Digest.of(b"x"), total, "x", "")]).target

    assert target(0) == target(MAX_BUNDLES * TARGET_BUNDLE) == TARGET_BUNDLE
    assert target(2 * MAX_BUNDLES * TARGET_BUNDLE) == 2 * TARGET_BUNDLE
    assert target(1 << 50) < 1_900_000_000
