"""Volumes agree with what the packs say of affine and values, and what would make a wrong one is refused."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest

from zoopkg import GeometryError, Pack, Volume

Load = Callable[..., Pack]


@pytest.fixture(scope="module")
def ct(load: Load) -> Pack:
    return load("ct-basic@1")


@pytest.fixture(scope="module")
def derived(load: Load) -> Pack:
    return load("ct-derived@1")


def expected_of(pack: Pack, folder: str) -> dict[str, Any]:
    return json.loads(pack.path(f"{folder}/expected.json").read_text())


def shape(expected: dict[str, Any]) -> tuple[int, ...]:
    return tuple(expected["shape"][name] for name in ("slices", "rows", "columns"))


def assert_agrees(volume: Volume, expected: dict[str, Any]) -> None:
    """That shape, affine and the values at named points are those expected."""
    assert volume.array.shape == shape(expected)
    assert volume.array.dtype == np.float32
    assert volume.affine.dtype == np.float64
    np.testing.assert_allclose(volume.affine, expected["affine"], rtol=0, atol=1e-9)
    assert expected["points"]
    for point in expected["points"]:
        i, j, k = point["voxel"]
        assert volume.array[k, j, i] == point["hounsfield"]
        np.testing.assert_allclose((volume.affine @ [i, j, k, 1])[:3], point["patient"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["axial", "oblique", "gantry-tilt", "shuffled"])
def test_volumes_of_the_phantom(ct: Pack, name: str) -> None:
    volume = ct.where(path=f"phantom/{name}/*").series[0].volume()
    assert_agrees(volume, expected_of(ct, f"phantom/{name}"))
    assert not np.isnan(volume.array).any()


@pytest.mark.parametrize("name", ["axial", "oblique", "shuffled"])
def test_highdicom_makes_the_same_volume(ct: Pack, name: str) -> None:
    series = ct.where(path=f"phantom/{name}/*").series[0]
    ours, theirs = series.volume(), highdicom.get_volume_from_series([each.dataset() for each in series])
    affine, array = theirs.affine[:, [2, 1, 0, 3]], theirs.array  # its columns are in the order of the array's axes
    if affine[:3, 2] @ ours.affine[:3, 2] < 0:  # it may count slices against the normal
        affine = affine @ [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, len(array) - 1], [0, 0, 0, 1]]
        array = array[::-1]
    np.testing.assert_allclose(ours.affine, affine, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(ours.array, array)


def test_a_tilted_gantry_shows_as_shear(ct: Pack) -> None:
    volume = ct.where(path="phantom/gantry-tilt/*").series[0].volume()
    _, j, k = volume.affine[:3, :3].T
    assert np.dot(j, k) != 0
    np.testing.assert_allclose(k, [0, 0, 5])


def test_a_missing_slice_is_refused_or_filled(ct: Pack) -> None:
    series, expected = ct.where(path="phantom/missing-slice/*").series[0], expected_of(ct, "phantom/missing-slice")
    with pytest.raises(GeometryError, match=r"has 1 gap, the first after phantom/missing-slice/006\.dcm"):
        series.volume()
    volume = series.volume(allow_gaps=True)
    assert_agrees(volume, expected)
    empty = [k for k, plane in enumerate(volume.array) if np.isnan(plane).any()]
    assert empty == expected["missing"]
    assert np.isnan(volume.array[empty]).all()
    assert len(volume.slices) == len(series)


def test_too_many_missing_slices_are_refused(ct: Pack) -> None:
    few = ct.where(path=["phantom/axial/001.dcm", "phantom/axial/002.dcm", "phantom/axial/064.dcm"]).series[0]
    assert [gap.missing for gap in few.gaps] == [61]
    with pytest.raises(GeometryError, match="has 1 gap"):
        few.volume(allow_gaps=True)


def test_every_second_slice_makes_a_volume_of_its_own(ct: Pack) -> None:
    paths = [f"phantom/axial/{number:03}.dcm" for number in range(1, 65, 2)]
    volume = ct.where(path=paths).series[0].volume()
    whole = ct.where(path="phantom/axial/*").series[0].volume()
    assert (volume.array == whole.array[::2]).all()
    assert volume.affine[:3, 2].tolist() == [0, 0, 5]


def test_the_enhanced_image_is_the_same_volume(derived: Pack) -> None:
    enhanced = derived.where(path="derived/enhanced-ct.dcm").series[0].volume()
    classic = derived.where(path="phantom/axial/*").series[0].volume()
    assert (enhanced.array == classic.array).all()
    assert (enhanced.affine == classic.affine).all()
    assert_agrees(enhanced, expected_of(derived, "phantom/axial"))


def test_an_echo_is_a_volume_of_stored_values(load: Load) -> None:
    mr = load("mr-basic@1")
    expected = expected_of(mr, "phantom")
    for number in (1, 2):
        volume = mr.where(path=f"phantom/echo-{number}/*").series[0].volume()
        assert volume.array.shape == shape(expected)
        np.testing.assert_allclose(volume.affine, expected["affine"], rtol=0, atol=1e-9)
        for point in expected["points"]:
            i, j, k = point["voxel"]
            assert volume.array[k, j, i] == point["values"][number - 1]


def test_echoes_together_are_refused(load: Load) -> None:
    series = load("mr-basic@1").where(path="phantom/**").series[0]
    with pytest.raises(GeometryError, match="24 positions with more than one slice") as caught:
        series.volume(allow_gaps=True)
    assert "where(path=" in caught.value.hint


def test_one_slice_is_as_deep_as_it_says(ct: Pack) -> None:
    (series,) = ct.where(path="real/*").series
    volume = series.volume()
    header = pydicom.dcmread(series[0].file)
    assert volume.array.shape == (1, 128, 128)
    np.testing.assert_allclose(volume.affine[:3, 2], [0, 0, header.SliceThickness])
    np.testing.assert_allclose(volume.affine[:3, 3], header.ImagePositionPatient)
    rescaled = header.pixel_array * header.RescaleSlope + header.RescaleIntercept
    assert (volume.array[0] == rescaled).all()


@pytest.mark.parametrize(
    ("pack", "path", "message"),
    [
        ("ct-derived@1", "derived/rt-dose.dcm", "does not state, for each frame, where it lies"),
        ("ct-derived@1", "derived/report.dcm", "has no images"),
        ("ct-derived@1", "derived/segmentation.dcm", "with more than one slice"),
        ("objects@1", "us/still.dcm", "does not state"),
        ("objects@1", "sc/rgb.dcm", "does not state"),
    ],
)
def test_what_is_no_volume_is_refused(load: Load, pack: str, path: str, message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        load(pack).where(path=path).series[0].volume()


def test_the_affine_is_equation_c_7_6_2_1_1(ct: Pack) -> None:
    series = ct.where(path="phantom/oblique/*").series[0]
    volume = series.volume()
    for k, each in enumerate(volume.slices):
        header = pydicom.dcmread(each.instance.file, stop_before_pixels=True)
        x, y = np.array(header.ImageOrientationPatient, float).reshape(2, 3)
        between_rows, between_columns = header.PixelSpacing
        for i, j in ((0, 0), (7, 0), (0, 11), (100, 50)):
            place = x * between_columns * i + y * between_rows * j + np.array(header.ImagePositionPatient, float)
            np.testing.assert_allclose((volume.affine @ [i, j, k, 1])[:3], place, rtol=0, atol=1e-3)


def test_without_numpy_a_volume_is_a_clear_error(ct: Pack) -> None:
    code = (
        "import sys; sys.modules['numpy'] = None; import zoopkg\n"
        f"pack = zoopkg.load('ct-basic@1', store={str(ct[0].file.parents[2])!r})\n"
        "series = pack.where(path='phantom/shuffled/*').series[0]\n"
        "assert len(series.slices) == 24 and pack._repr_html_()\n"
        "try: series.volume()\n"
        "except zoopkg.ZooError as error: print(error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "Install it: python -m pip install numpy\n", done.stderr
