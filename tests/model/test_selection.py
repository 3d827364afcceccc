"""What a filter leaves of a pack: file sets stay whole, order stays, and the digest depends on content alone."""

import csv

import pytest
from blake3 import blake3
from corpus import CORPUS, needs_corpus
from hypothesis import given
from hypothesis import strategies as st
from strategies import law
from wheres import an_instance, instances, wheres

from zoopkg.dicom.inspect import inspect
from zoopkg.model.digest import Digest
from zoopkg.model.instance import Instance
from zoopkg.model.selection import select, selection
from zoopkg.model.where import Where


def a_pack(*directories, files):
    return sorted(
        [an_instance(path, kind="dicomdir") for path in directories]
        + [an_instance(path, kind="dicom", modality=modality) for path, modality in files.items()],
        key=lambda instance: instance.path,
    )


def chosen(pack, *items):
    return [instance.path for instance in select(pack, Where.parse(items))]


def test_without_a_directory_only_what_matches():
    pack = a_pack(files={"A": "CT", "B": "MR", "C": "CT"})
    assert chosen(pack, "modality=CT") == ["A", "C"]
    assert chosen(pack) == ["A", "B", "C"]


def test_a_file_set_is_kept_whole_or_not_at_all():
    pack = a_pack("S/DICOMDIR", files={"S/IM/A_1": "CT", "S/IM/B_2": "MR", "T/A": "MR", "X": "US"})
    assert chosen(pack, "modality=CT") == ["S/DICOMDIR", "S/IM/A_1", "S/IM/B_2"]
    assert chosen(pack, "kind=dicomdir") == ["S/DICOMDIR", "S/IM/A_1", "S/IM/B_2"]
    assert chosen(pack, "modality=US") == ["X"]
    assert chosen(pack, "modality=MR") == ["S/DICOMDIR", "S/IM/A_1", "S/IM/B_2", "T/A"]


def test_a_directory_among_files_of_other_names_is_no_file_set():
    pack = a_pack("S/DICOMDIR", files={"S/IM/A_1": "CT", "S/IM/B_2": "MR", "S/IM/c.dcm": "MR"})
    assert chosen(pack, "modality=CT") == ["S/IM/A_1"]
    assert chosen(pack, "kind=dicomdir") == ["S/DICOMDIR"]


def test_what_is_no_image_may_lie_in_a_file_set():
    pack = a_pack("S/DICOMDIR", "S/DICOMDIR-old", files={"S/A": "CT", "S/B": "MR"})
    pack.append(an_instance("S/about.txt", kind="other"))
    assert chosen(pack, "modality=CT") == ["S/A", "S/B", "S/DICOMDIR"]


def test_a_directory_at_the_top_has_all_files_of_such_names():
    pack = a_pack("DICOMDIR", files={"IM/LONGER_THAN_8": "CT", "README": "OT"})
    assert chosen(pack, "modality=CT") == ["DICOMDIR", "IM/LONGER_THAN_8", "README"]


def test_the_nearest_directory_has_the_file():
    pack = a_pack("DICOMDIR", "A/DICOMDIR", files={"A/B/C": "CT", "B/C": "MR", "AB": "US"})
    assert chosen(pack, "modality=CT") == ["A/B/C", "A/DICOMDIR"]
    assert chosen(pack, "modality=US") == ["AB", "B/C", "DICOMDIR"]


@pytest.mark.parametrize("path", ["S/DICOMDIR.dcm", "S/dicomdir", "S/ADICOMDIR"])
def test_a_directory_of_another_name_has_no_file_set(path):
    assert chosen(a_pack(path, files={"S/A": "CT", "S/B": "MR"}), "modality=CT") == ["S/A"]


def test_a_file_of_that_name_that_is_no_directory_has_no_file_set():
    assert chosen(a_pack(files={"S/A": "CT", "S/DICOMDIR": "MR"}), "modality=CT") == ["S/A"]


@law
@given(wheres, st.lists(instances, max_size=5))
def test_what_matches_is_kept_in_order(where, drawn):
    selected = select(iter(drawn), where)
    left = iter(drawn)
    assert all(instance in left for instance in selected)
    assert [i for i in selected if where.matches(i)] == [i for i in drawn if where.matches(i)]


def test_the_license_of_the_pack_is_passed_on():
    pack = a_pack(files={"A": "CT"})
    assert select(pack, Where.of(license="MIT"), "MIT") == pack
    assert select(pack, Where.of(license="MIT")) == []


def test_the_digest_is_of_the_sorted_digests():
    one, other = Digest.of(b"1"), Digest.of(b"2")
    text = "".join(f"{digest}\n" for digest in sorted([str(one), str(other)]))
    listed = [Instance(path, digest, 1) for path, digest in (("a", other), ("b", one), ("c", other))]
    assert (
        selection(listed) == selection(listed[::-1]) == selection(listed[:2]) == Digest(blake3(text.encode()).digest())
    )
    assert selection([]) == Digest.of(b"")


# The table is of what another reader saw, which lost its way in some files and keeps "1A" as it stands.
EXACT = ("transfer_syntax", "bytes")
UNREAD = (
    "GH1339.dcm",
    "GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm",
    "2026-05-06-Deeply-Nested-Sequence.dcm",
    "emri_small_jpeg_2k_lossless_too_short.dcm",
    "badVR.dcm",
)


@pytest.fixture(scope="module")
def corpus():
    with (CORPUS / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    loaded = []
    for path in sorted(rows):
        data = (CORPUS / path).read_bytes()
        loaded.append(Instance(path, Digest.of(data), len(data), inspect(data)))
    return rows, loaded


@needs_corpus
@pytest.mark.parametrize(
    ("item", "column", "wanted"),
    [
        ("transfer_syntax=JPEG2000*", "transfer_syntax", lambda text: text.startswith("JPEG 2000 ")),
        ("transfer_syntax=RLELossless", "transfer_syntax", lambda text: text == "RLE Lossless"),
        ("transfer_syntax=Deflated*", "transfer_syntax", lambda text: text.startswith("Deflated")),
        ("modality=MR,CT", "modality", lambda text: text in {"MR", "CT"}),
        ("sop_class=*mammography*", "sop_class", lambda text: "Mammography" in text),
        ("photometric=YBR_*", "photometric", lambda text: text.startswith("YBR_")),
        ("rows>=512", "rows", lambda text: text != "" and int(text) >= 512),
        ("frames>1", "frames", lambda text: text != "" and int(text) > 1),
        ("bytes<10kB", "bytes", lambda text: int(text) < 10_000),
    ],
)
def test_real_files_are_kept_as_the_table_of_the_corpus_says(corpus, item, column, wanted):
    rows, loaded = corpus
    where = Where.parse([item])
    kept = {instance.path for instance in loaded if where.matches(instance)}
    compared = {path: row[column] for path, row in rows.items() if column in EXACT or not path.endswith(UNREAD)}
    assert kept & compared.keys() == {path for path, text in compared.items() if wanted(text)}
    assert kept & compared.keys()
    assert kept <= {instance.path for instance in select(loaded, where)}


@needs_corpus
def test_jpeg_2000_by_the_numbers(corpus):
    """As many as the table has of both kinds; a DICOMDIR among files of other names brings none of them along."""
    _, loaded = corpus
    where = Where.parse(["transfer_syntax=JPEG2000*"])
    assert len(select(loaded, where)) == 51 + 38


@needs_corpus
def test_real_file_sets_are_whole(corpus):
    _, loaded = corpus
    folder = "files/pydicom+pydicom/src/pydicom/data/test_files/dicomdirtests/TINY_ALPHA/"
    whole = [instance for instance in loaded if instance.path.startswith(folder)]
    one = whole[-1]
    assert len(whole) > 40
    assert select(loaded, Where.of(path=one.path)) == whole
