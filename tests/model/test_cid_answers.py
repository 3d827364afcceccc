"""CIDs: known answers, frozen from the JavaScript importer (ipfs-unixfs-importer 17.1.1, Node 20).

Its options were `rawLeaves`, `cidVersion: 1`, a fixed chunker of 1 MiB and a balanced layout of 1,024 children; the
bytes are 0, 1, … 250, 0, 1, …, beginning anew with every MiB.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law

from zoopkg.model.cid import CID_PATTERN
from zoopkg.model.unixfs import TreeHasher

MIB = 1 << 20
PATTERN = (bytes(range(251)) * (MIB // 251 + 1))[:MIB]

ANSWERS = {
    0: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    1: "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu",
    MIB - 1: "bafkreielkxdkfu2eicjkgfuykayoada6n6dar2xzclejnxxhyn2niqhnce",
    MIB: "bafkreidddocae7lltzjlkooe5a3tmiwsgazn7logjvqk7bzttsidpzhxne",
    MIB + 1: "bafybeieevljckxqzynw22oy4b22dpphvozdrzujb3h667rehhwwmz6b2ye",
    MIB * 7 // 2: "bafybeibflzl5ylhbhjqtnlykbccmbdd7fnnetrdjldmaq6xt6za534otde",
    1024 * MIB: "bafybeib7omm6ffwnxttmw7pxy4hyc3nrv3fxwfernn3ovindavwpycof5i",
    1024 * MIB + 1: "bafybeibxr6si377d2x2meon7vp6uphmx2yotashfqu7taw2xec3hsnokwu",
}


def cid_of(size: int) -> str:
    hasher = TreeHasher()
    while size:
        piece = PATTERN[:size]
        hasher.update(piece)
        size -= len(piece)
    return hasher.cid()


@pytest.mark.parametrize(("size", "cid"), ANSWERS.items())
def test_known_answers(size: int, cid: str) -> None:
    assert cid_of(size) == cid
    assert CID_PATTERN.fullmatch(cid)


@law
@given(st.lists(st.integers(0, 5 * MIB // 2), max_size=3).map(sorted))
def test_the_pieces_in_which_bytes_come_do_not_matter(cuts: list[int]) -> None:
    data = memoryview((PATTERN * 3)[: 5 * MIB // 2])
    hasher = TreeHasher()
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        hasher.update(data[start:end])
    whole = TreeHasher()
    whole.update(data)
    assert hasher.cid() == whole.cid()
