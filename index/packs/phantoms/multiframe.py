"""The functional groups and dimensions that multi-frame objects share (PS3.3 sections C.7.6.16 and C.7.6.17)."""

from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from phantoms.grid import Grid, ds
from phantoms.modules import DATE, TIME
from phantoms.uids import uid


def group(**attributes: Any) -> list[Dataset]:
    """Return a sequence of one item with the given attributes."""
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return [item]


def shared_geometry(shared: Dataset, grid: Grid) -> None:
    """Add pixel measures and plane orientation to the shared functional groups."""
    shared.PixelMeasuresSequence = group(
        PixelSpacing=[ds(value) for value in grid.spacing],
        SliceThickness=ds(grid.thickness),
        SpacingBetweenSlices=ds(grid.slice_distance),
    )
    cosines = [ds(value) for value in (*grid.row, *grid.column)]
    shared.PlaneOrientationSequence = group(ImageOrientationPatient=cosines)


def plane_position(grid: Grid, k: int) -> list[Dataset]:
    """Return the plane position functional group of slice `k`."""
    return group(ImagePositionPatient=[ds(value) for value in grid.position(0, 0, k)])


def frames(data: Dataset, shared: Dataset, per_frame: list[Dataset]) -> None:
    """Add the multi-frame functional groups module."""
    data.ContentDate, data.ContentTime = DATE, TIME
    data.NumberOfFrames = len(per_frame)
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = per_frame


def dimensions(data: Dataset, name: str, *pointers: tuple[str, str]) -> None:
    """Add the multi-frame dimension module: each dimension is an attribute and the functional group it is in."""
    organization = uid(f"{name}/dimensions")
    data.DimensionOrganizationSequence = group(DimensionOrganizationUID=organization)
    data.DimensionIndexSequence = [
        group(
            DimensionOrganizationUID=organization,
            DimensionIndexPointer=_tag(attribute),
            FunctionalGroupPointer=_tag(functional_group),
            DimensionDescriptionLabel=attribute,
        )[0]
        for attribute, functional_group in pointers
    ]


def _tag(keyword: str) -> BaseTag:
    number = tag_for_keyword(keyword)
    assert number is not None
    return Tag(number)
