"""Packs as sequences: instances with facets, bytes and data sets; files; tables; narrowing."""

import hashlib
import importlib.util
import json
import shutil
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import pydicom
import pytest
from blake3 import blake3
from pydicom.errors import InvalidDicomError

import zoopkg
from zoopkg import Pack
from zoopkg.model.facets import FACETS

Load = Callable[..., Pack]


@pytest.fixture(scope="module")
def ct(load: Load) -> Pack:
    return load("ct-basic@1")


def test_a_pack_is_a_sequence_sorted_by_path(ct: Pack) -> None:
    assert isinstance(ct, Sequence)
    assert [each.path for each in ct] == sorted(each.path for each in ct)
    assert ct[0] == next(iter(ct)) == ct[:1][0] == list(reversed(ct))[-1]
    assert ct[-1].path == "real/CT_small.dcm"
    assert ct.index(ct.instance("real/CT_small.dcm")) == len(ct) - 1
    assert ct[3] in ct
    assert len({*ct, *ct}) == len(ct)
    with pytest.raises(IndexError):
        _ = ct[len(ct)]


def test_equal_bytes_at_other_paths_and_in_other_packs_are_other_instances(ct: Pack, load: Load) -> None:
    derived = load("ct-derived@1")
    assert derived.instance("phantom/axial/001.dcm").digest == ct.instance("phantom/axial/001.dcm").digest
    assert derived.instance("phantom/axial/001.dcm") != ct.instance("phantom/axial/001.dcm")
    assert ct[0] != ct[1]
    assert ct[0] != ct[0].path


def test_bytes_are_those_of_the_digest(ct: Pack) -> None:
    small = ct.instance("real/CT_small.dcm")
    with small.open() as file:
        data = file.read()
    assert (f"b3:{blake3(data).hexdigest()}", len(data)) == (small.digest, small.size)
    assert small.file.read_bytes() == data
    assert small.file.stat().st_mode & 0o222 == 0


def test_every_facet_is_there_and_cannot_be_changed(ct: Pack) -> None:
    for instance in ct.files:
        assert list(instance.facets) == list(FACETS)
        assert not any(isinstance(value, list) for value in instance.facets.values())
    with pytest.raises(TypeError):
        ct[0].facets["modality"] = "MR"
    assert ct[0].facets["palette"] is False
    assert ct.instance("real/LICENSE-pydicom.txt").facets["palette"] is None


def test_licenses_and_notes(ct: Pack) -> None:
    assert ct.license == "MIT AND CC0-1.0"
    assert {ct[0].license, ct[-1].license} == {"CC0-1.0", "MIT"}


def test_the_data_set_is_that_of_pydicom(ct: Pack) -> None:
    small = ct.instance("real/CT_small.dcm")
    assert small.dataset() == pydicom.dcmread(small.file)
    assert "PixelData" not in small.dataset(stop_before_pixels=True)
    assert (small.pixel_array == pydicom.dcmread(small.file).pixel_array).all()


def test_files_without_preamble_are_read_all_the_same(load: Load) -> None:
    bare = load("broken@1").instance("meta/no-preamble-no-prefix.dcm")
    assert bare.facets["preamble"] == "none"
    with pytest.raises(InvalidDicomError):
        pydicom.dcmread(bare.file)
    assert bare.dataset().Modality == bare.facets["modality"]
    with pytest.raises(InvalidDicomError):
        bare.dataset(force=False)


def test_what_pydicom_raises_passes(load: Load) -> None:
    broken = load("broken@1")
    with pytest.raises(InvalidDicomError):
        broken.instance("meta/bad-prefix.dcm").dataset()
    with pytest.raises(AttributeError):
        _ = broken.instance("pixel/missing.dcm").pixel_array


def test_files_that_are_no_dicom_are_reached_by_path(load: Load) -> None:
    broken = load("broken@1")
    assert "file/empty.dcm" not in [each.path for each in broken]
    assert broken.path("file/empty.dcm").read_bytes() == b""
    others = [each for each in broken.files if each.facets["kind"] == "other"]
    assert len(broken) + len(others) == len(broken.files)
    assert json.loads(broken.path("expected.json").read_text())
    assert broken.where(path="file/**").files[0].path == "file/empty.dcm"


def test_a_path_that_is_not_there_names_the_nearest(ct: Pack) -> None:
    with pytest.raises(zoopkg.UsageError) as caught:
        ct.path("real/CT_smal.dcm")
    assert caught.value.hint == "Did you mean 'real/CT_small.dcm'?"


def test_narrowing_joins_filters(ct: Pack) -> None:
    once = ct.where(path="phantom/**", rows=128)
    twice = ct.where(path="phantom/**").where(rows=128)
    assert list(once) == list(twice) == [each for each in ct if each.facets["rows"] == 128 and "phantom" in each.path]
    assert list(ct.where(rows=128).where(rows=256)) == []
    assert not ct.where(rows=1)
    assert once.path("real/CT_small.dcm").is_file()
    assert (once.name, once.version, once.content) == (ct.name, ct.version, ct.content)


def test_file_sets_stay_whole(load: Load) -> None:
    sets = load("dicomdir@1")
    assert [each.facets["kind"] for each in sets.where(path="good/DICOMDIR")].count("dicomdir") == 1
    assert len(sets.where(path="good/DICOMDIR")) == len(sets.where(path="good/**"))


def test_a_wrong_filter_is_a_usage_error(ct: Pack) -> None:
    with pytest.raises(zoopkg.UsageError, match="is no key of a filter"):
        ct.where(colour="red")
    with pytest.raises(zoopkg.UsageError):
        ct.where(rows=1.5)


def test_the_table_has_a_row_for_each_instance(ct: Pack) -> None:
    rows = ct.where(path="real/**").table()
    assert [row["path"] for row in rows] == ["real/CT_small.dcm"]
    assert list(rows[0]) == ["path", "bytes", "digest", "license", *FACETS]
    assert (rows[0]["modality"], rows[0]["frames"], rows[0]["license"]) == ("CT", None, "MIT")
    assert json.loads(json.dumps(rows))[0]["bytes"] == 39_206


@pytest.mark.skipif(importlib.util.find_spec("pandas") is not None, reason="pandas is installed")
def test_without_pandas_a_data_frame_is_a_clear_error(ct: Pack) -> None:
    with pytest.raises(zoopkg.ZooError, match=r"dataframe\(\) needs pandas") as caught:
        ct.dataframe()
    assert caught.value.hint == "Install it: python -m pip install pandas"


def test_the_data_frame_is_the_table(ct: Pack) -> None:
    pytest.importorskip("pandas")
    frame = ct.dataframe()
    assert list(frame["path"]) == [each.path for each in ct]


def test_representations_are_one_line(ct: Pack, load: Load) -> None:
    everything = [ct, *ct[:2], *ct.series, *ct.studies, ct.where(rows=128), *load("objects@1"), *load("broken@1").files]
    for each in everything:
        assert repr(each).startswith("<")
        assert "\n" not in repr(each)
    assert repr(ct.where(rows=">=200", path="a")) == (
        "<Pack zoo/ct-basic 1.1.0 where path=a rows>=200: 0 DICOM instances, 0 B, MIT AND CC0-1.0>"
    )
    assert ": 1 DICOM instance, 39.2 kB, MIT" in repr(ct.where(path="real/CT_small.dcm"))
    assert ": 153 DICOM instances, 6 other files, " in repr(ct)


def test_a_path_is_an_index(ct: Pack) -> None:
    assert ct["real/CT_small.dcm"] == ct.instance("real/CT_small.dcm") == ct[-1]
    with pytest.raises(zoopkg.UsageError) as caught:
        _ = ct["CT_small.dcm"]
    assert caught.value.hint == "Did you mean 'real/CT_small.dcm'?"


def test_a_traceback_ends_with_the_hint(ct: Pack) -> None:
    with pytest.raises(zoopkg.UsageError) as caught:
        ct.path("CT_small.dcm")
    assert "".join(traceback.format_exception(caught.value)).endswith(
        "UsageError: ct-basic 1.1.0 has no file 'CT_small.dcm'\nDid you mean 'real/CT_small.dcm'?\n"
    )


def test_the_citation_tells_what_identifies_the_pack(ct: Pack) -> None:
    for part in (f"(Version {ct.version})", f"Content: {ct.content}.", "MIT AND CC0-1.0", "https://"):
        assert part in ct.citation
    assert not ct.citation.endswith("\n")


def test_a_copy_may_be_edited(ct: Pack, tmp_path: Path) -> None:
    before = hashlib.sha256(ct[0].file.read_bytes()).digest()
    copy = Path(shutil.copyfile(ct[0].file, tmp_path / "copy.dcm"))
    copy.write_bytes(b"edited")
    assert hashlib.sha256(ct[0].file.read_bytes()).digest() == before


def test_groups_are_in_the_order_of_their_first_file(load: Load) -> None:
    for name in ("ct-basic@1", "broken@1", "objects@1", "dicomdir@1", "mr-basic@1", "charsets@1"):
        pack = load(name)
        assert sorted(each.path for one in pack.series for each in one) == [each.path for each in pack]
        assert sorted(each.path for one in pack.studies for each in one) == [each.path for each in pack]
        for groups in (pack.series, pack.studies):
            stated = [each for each in groups if each.uid is not None]
            assert [each.uid for each in groups[len(stated) :]] in ([], [None])
            assert [each[0].path for each in stated] == sorted(each[0].path for each in stated)
        for study in pack.studies:
            assert [each for one in study.series for each in one if each not in study] == []
            assert sum(map(len, study.series)) == len(study)


def test_instances_without_a_uid_are_a_group_of_their_own(load: Load) -> None:
    sets = load("dicomdir@1")
    assert sets.series[-1].uid is None
    assert {each.facets["kind"] for each in sets.series[-1]} == {"dicomdir"}
    assert sets.studies[-1].uid is None
