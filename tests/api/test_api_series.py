"""Slices in order, gaps and duplicates of the phantoms' series, against what the packs say of them."""

import json
from collections.abc import Callable
from typing import Any

import pydicom
import pytest
from pydicom.errors import InvalidDicomError

import zoopkg
from zoopkg import Pack, Series

Load = Callable[..., Pack]
PHANTOMS = ["axial", "oblique", "gantry-tilt", "missing-slice", "shuffled"]


@pytest.fixture(scope="module")
def ct(load: Load) -> Pack:
    return load("ct-basic@1")


def phantom(ct: Pack, name: str) -> tuple[Series, dict[str, Any]]:
    """A series of the phantom, and what its pack says about it."""
    (series,) = ct.where(path=f"phantom/{name}/*").series
    return series, json.loads(ct.path(f"phantom/{name}/expected.json").read_text())


@pytest.mark.parametrize("name", PHANTOMS)
def test_slices_are_in_the_order_of_the_pack(ct: Pack, name: str) -> None:
    series, expected = phantom(ct, name)
    assert [each.instance.path.rpartition("/")[2] for each in series.slices] == expected["order"]
    assert [list(each.position) for each in series.slices] == [each["position"] for each in expected["slices"]]
    assert [each.number for each in series.slices] == [each["instance_number"] for each in expected["slices"]]
    assert [each.uid for each in series.slices] == [each["sop_instance_uid"] for each in expected["slices"]]
    for each in series.slices:
        assert each.normal == pytest.approx(expected["normal"])
        assert list(each.spacing) == expected["pixel_spacing"]
        assert (each.columns, each.rows) == (expected["shape"]["columns"], expected["shape"]["rows"])


@pytest.mark.parametrize("name", PHANTOMS)
def test_gaps_are_the_missing_slices(ct: Pack, name: str) -> None:
    series, expected = phantom(ct, name)
    assert series.duplicates == ()
    assert len(series.gaps) == sum(gap.missing for gap in series.gaps) == len(expected["missing"])
    for gap, missing in zip(series.gaps, expected["missing"], strict=True):
        assert gap.distance == 2 * expected["slice_distance"]
        assert [expected["order"].index(each.instance.path.rpartition("/")[2]) for each in (gap.after, gap.before)] == [
            missing - 1,
            missing,
        ]


def test_two_echoes_at_one_place_are_duplicates(load: Load) -> None:
    (series,) = load("mr-basic@1").where(path="phantom/**").series
    assert series.gaps == ()
    assert [(each.what, len(each.slices)) for each in series.duplicates] == [("position", 2)] * 24
    for each in series.duplicates:
        assert [one.instance.path.split("/")[1] for one in each.slices] == ["echo-1", "echo-2"]


def test_one_uid_with_several_contents_is_a_duplicate(load: Load) -> None:
    broken = load("broken@1")
    found = [
        each for series in broken.where(path="pixel/**").series for each in series.duplicates if each.what == "uid"
    ]
    assert found
    for each in found:
        assert len({one.uid for one in each.slices}) == 1
        assert len({one.instance.digest for one in each.slices}) > 1


def test_frames_of_an_enhanced_image_are_slices(load: Load) -> None:
    derived = load("ct-derived@1")
    expected = json.loads(derived.path("derived/expected.json").read_text())["enhanced-ct.dcm"]
    (series,) = derived.where(path="derived/enhanced-ct.dcm").series
    assert len(series) == 1
    order = expected["frame_order"]
    assert [each.frame for each in series.slices] == [order.index(k) for k in range(expected["frames"])]
    axial = derived.where(path="phantom/axial/*").series[0].slices
    assert [each.position for each in series.slices] == [each.position for each in axial]
    assert (series.gaps, series.duplicates) == ((), ())


def test_what_is_no_image_has_no_slices(load: Load) -> None:
    (series,) = load("ct-derived@1").where(path="derived/report.dcm").series
    assert (series.slices, series.gaps, series.duplicates) == ((), (), ())


def test_frames_without_functional_groups_have_no_place(load: Load) -> None:
    derived = load("ct-derived@1")
    dose = derived.where(path="derived/rt-dose.dcm").series[0].slices
    assert [(each.frame, each.position) for each in dose] == [(None, None)]
    assert pydicom.dcmread(dose[0].instance.file).ImagePositionPatient


def test_an_unreadable_header_is_a_geometry_error(load: Load) -> None:
    series = load("broken@1").where(path="meta/bad-prefix.dcm").series[0]
    with pytest.raises(
        zoopkg.GeometryError, match=r"pydicom cannot read the header of meta/bad-prefix\.dcm: "
    ) as caught:
        _ = series.slices
    assert isinstance(caught.value.__cause__, InvalidDicomError)
