"""Headers that state absurd places, sizes and counts: refused in a sentence, at no cost, and never placed wrongly."""

from pathlib import Path

import numpy as np
import pytest
from hostile_images import image
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage
from zoopkg_cli import Maintainer

import zoopkg
from zoopkg import GeometryError, Pack

BAD = {
    "far": ({"ImagePositionPatient": ["1e300", 0, 0]}, "does not state"),
    "flat": ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "does not state"),
    "no-orientation": ({"ImageOrientationPatient": [0] * 6}, "does not state"),
    "too-few": ({"ImageOrientationPatient": [1, 0, 0]}, "does not state"),
    "no-spacing": ({"PixelSpacing": [0, 1]}, "does not state"),
    "negative-spacing": ({"PixelSpacing": [1, -1]}, "does not state"),
    "one-spacing": ({"PixelSpacing": 1}, "does not state"),
    "many-frames": ({"NumberOfFrames": 2_000_000_000}, "does not state, for each frame"),
    "colour": ({"SamplesPerPixel": 3}, "3 samples a pixel"),
    "no-depth": ({"SliceThickness": 0}, "is alone, and states neither"),
    "empty-position": ({"ImagePositionPatient": None}, "does not state"),
    "no-groups": ({"PerFrameFunctionalGroupsSequence": [Dataset()] * 3}, "does not state"),
}


@pytest.fixture(scope="module")
def pack(folder: Path) -> Pack:
    maintainer = Maintainer(folder / "maintainer")
    files = {
        f"{name}.dcm": image(SeriesInstanceUID=f"2.25.{number}", SOPInstanceUID=f"2.25.9.{number}", **attributes)
        for number, (name, (attributes, _)) in enumerate(BAD.items(), 100)
    }
    files["good.dcm"] = image(RescaleSlope=2, RescaleIntercept="-0.5")
    files["large.dcm"] = image(SeriesInstanceUID="2.25.3", Rows=65_535, Columns=65_535)
    files["deep.dcm"] = image(
        SeriesInstanceUID="2.25.4", BitsAllocated=32, BitsStored=32, HighBit=31, PixelData=bytes(64)
    )
    for z in (0, 1, 3, 900_000_000):
        files[f"apart/{z}.dcm"] = image(
            SeriesInstanceUID="2.25.5", SOPInstanceUID=f"2.25.5.{z}", ImagePositionPatient=[0, 0, z]
        )
    for number, frame in enumerate(("2.25.61", "2.25.62")):
        files[f"frames/{number}.dcm"] = image(
            SeriesInstanceUID="2.25.6",
            SOPInstanceUID=f"2.25.6.{number}",
            FrameOfReferenceUID=frame,
            ImagePositionPatient=[0, 0, number],
        )
    files["enhanced.dcm"] = enhanced()
    maintainer.release("geometry", "1.0.0", files)
    return zoopkg.load("geometry", index=str(maintainer.index), directory=folder, store=folder / "store")


def enhanced() -> bytes:
    """An enhanced image of two frames, against the normal, with a Rescale Slope each."""
    shared = Dataset()
    shared.PlaneOrientationSequence = [item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]
    shared.PixelMeasuresSequence = [item(PixelSpacing=[1, 1], SliceThickness=1)]
    frames = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, -number])],
            PixelValueTransformationSequence=[item(RescaleSlope=number + 1, RescaleIntercept=0)],
        )
        for number in range(2)
    ]
    return image(
        SOPClassUID=EnhancedCTImageStorage,
        SeriesInstanceUID="2.25.7",
        NumberOfFrames=2,
        PixelData=np.arange(32, dtype="<u2").tobytes(),
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )


def item(**attributes: object) -> Dataset:
    data = Dataset()
    for keyword, value in attributes.items():
        setattr(data, keyword, value)
    return data


@pytest.mark.parametrize("name", BAD)
def test_what_states_no_sound_place_is_refused(pack: Pack, name: str) -> None:
    series = pack.where(path=f"{name}.dcm").series[0]
    assert len(series.slices) <= 3
    with pytest.raises(GeometryError, match=BAD[name][1]):
        series.volume(allow_gaps=True)


def test_slices_far_apart_are_a_gap_and_no_volume(pack: Pack) -> None:
    series = pack.where(path="apart/*").series[0]
    assert [(gap.distance, gap.missing) for gap in series.gaps] == [(2, 1), (899_999_997, 899_999_996)]
    with pytest.raises(GeometryError, match="has 2 gaps"):
        series.volume(allow_gaps=True)


def test_slices_of_two_frames_of_reference_are_refused(pack: Pack) -> None:
    with pytest.raises(GeometryError, match=r"of several frames of reference: frames/0\.dcm and frames/1\.dcm differ"):
        pack.where(path="frames/*").series[0].volume()


def test_pixels_that_are_not_there_are_the_error_of_pydicom(pack: Pack) -> None:
    with pytest.raises(ValueError, match="pixel data"):
        pack.where(path="large.dcm").series[0].volume()


def test_values_are_rescaled(pack: Pack) -> None:
    stored = np.frombuffer(bytes(range(32)), "<u2").reshape(1, 4, 4)
    volume = pack.where(path="good.dcm").series[0].volume()
    np.testing.assert_array_equal(volume.array, stored * 2 - 0.5)
    assert volume.array.dtype == np.float32
    assert pack.where(path="deep.dcm").series[0].volume().array.dtype == np.float64


def test_each_frame_is_rescaled_by_itself(pack: Pack) -> None:
    volume = pack.where(path="enhanced.dcm").series[0].volume()
    stored = np.arange(32).reshape(2, 4, 4)
    np.testing.assert_array_equal(volume.array, [stored[1] * 2, stored[0]])
    np.testing.assert_array_equal(volume.affine, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, -1], [0, 0, 0, 1]])
