"""Whatever packs share, whatever of it is withdrawn: the rest is there to the byte, and what is withdrawn nowhere."""

from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from maintained import THEN
from withdrawn import audit, frames, holdings, in_memory, installable, prune, withdraw

from zoopkg.index import ceremony, publisher, releases
from zoopkg.index.folder import IndexFolder
from zoopkg.index.roles import Dates
from zoopkg.index.staging import records
from zoopkg.model.digest import Digest
from zoopkg.model.layout import BLOCK_BYTES
from zoopkg.model.version import parse_version
from zoopkg.pack.build import build
from zoopkg.pack.neighbours import IndexNeighbours

DATES = Dates(THEN)
CONTENTS = (b"", *(bytes([65 + n]) * (50 + n) for n in range(5)), Random(1).randbytes(BLOCK_BYTES + 1))
RECIPE = '[pack]\nname = "zoo/{}"\nversion = "{}"\nlicense = "MIT"\nsummary = "Demo"\n'

versions = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, len(CONTENTS) - 1), min_size=1, max_size=5)
packs = st.dictionaries(
    st.sampled_from(["one", "two", "three"]), st.lists(versions, min_size=1, max_size=2), min_size=1
)


def release(root: Path, name: str, version: str, files: dict[str, bytes]) -> None:
    folder, out, idx = root / f"{name}-{version}", root / f"out-{name}-{version}", root / "idx"
    folder.mkdir()
    (folder / "pack.toml").write_text(RECIPE.format(name, version))
    for path, data in files.items():
        (folder / path).write_bytes(data)
    neighbours = IndexNeighbours(records(IndexFolder(idx), "zoo"), lambda blob: (idx / blob.name).read_bytes())
    built = build(folder, out, jobs=1, neighbours=neighbours, published="2026-01-02")
    releases.add(idx, built.entry, out, root / "keys", DATES)


@settings(deadline=None, max_examples=6)
@given(packs=packs, data=st.data())
def test_the_rest_is_there_and_the_withdrawn_is_nowhere(
    packs: dict[str, list[dict[str, int]]], data: st.DataObject
) -> None:
    everything = {
        (name, f"{n}.0.0"): {path: CONTENTS[i] for path, i in files.items()}
        for name, versions in packs.items()
        for n, files in enumerate(versions, 1)
    }
    used = sorted(set().union(*(files.values() for files in everything.values())) - {b""})
    gone = data.draw(
        st.sets(st.sampled_from(sorted(everything)), max_size=2, min_size=0 if used else 1), label="releases"
    )
    secret = data.draw(
        st.sets(st.sampled_from(used), max_size=2, min_size=0 if gone else 1) if used else st.just(set())
    )
    with in_memory() as root:
        idx, keys = root / "idx", root / "keys"
        ceremony.init(idx, keys, DATES)
        for (name, version), files in everything.items():
            release(root, name, version, files)
        publisher.publish(idx, keys, DATES)
        targets = [f"{name}@{version}" for name, version in gone] + [str(Digest.of(each)) for each in secret]
        withdraw(idx, keys, DATES, targets)
        publisher.publish(idx, keys, DATES)
        prune(idx)

        live = {key: set(files.values()) for key, files in everything.items() if key not in gone}
        expected = {key: {Digest.of(each) for each in files - secret} for key, files in live.items()}
        assert installable(idx, "zoo") == expected
        dead = secret | {each for key in gone for each in everything[key].values()} - set().union(*live.values())
        unfolded = [frame for path in idx.glob("*.bundle") for frame in frames(path)]
        for each in filter(None, dead):
            assert not any(each in frame for frame in unfolded)
        assert audit(idx, DATES) == []
        assert not list(idx.glob(".repacking*"))
        for held in holdings(idx).releases("zoo"):
            key = held.name.name, str(held.release.version)
            passed_over = key in gone or bool(secret & set(everything[key].values()))
            assert bool(held.release.yanked) == passed_over
            assert held.release.version == parse_version(key[1])
