"""A series as one array of modality values and its place in the patient. Refuses what would make a wrong volume.

The equation is C.7.6.2.1-1 of PS3.3. Resamples nothing: a sheared series gives a sheared affine.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoopkg.api.errors import GeometryError, extra
from zoopkg.api.geometry import Gap, Grid, duplicates, gaps, grid_of, same_direction
from zoopkg.api.slices import Slice, frame_groups, group

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom import Dataset

_SAME_SPACING = 1e-4  # of itself


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Modality values on a grid in the patient.

    Attributes:
        array: indexed `[k, j, i]`: slice, row, column, all from 0. Values after the Modality LUT (PS3.3 section
            C.11.1), HU for CT; NaN where a slice is missing. float32, or float64 where Bits Allocated is over 16.
        affine: 4 x 4, float64: takes the column (i, j, k, 1) to (x, y, z, 1), in mm in the DICOM patient system (LPS),
            at the voxel's centre.
        slices: those that it is made of, in order.
    """

    array: "NDArray[np.floating[Any]]"
    affine: "NDArray[np.float64]"
    slices: tuple[Slice, ...]

    def __repr__(self) -> str:
        return f"<Volume {' x '.join(map(str, self.array.shape))} of {len(self.slices)} slices>"


def volume_of(named: str, slices: tuple[Slice, ...], *, allow_gaps: bool) -> Volume:
    """The volume that slices in order make.

    Args:
        named: what to call them in messages.
        slices: of one series.
        allow_gaps: fill missing slices with NaN.

    Raises:
        GeometryError: they make none; says why.
        ZooError: numpy is not installed; or bytes cannot be had.
    """
    np = extra("numpy", "volume()", "numpy")
    _refuse_unlike(named, slices)
    _refuse_misplaced(named, slices, allow_gaps=allow_gaps)
    grid = grid_of(slices)
    first = slices[0]
    dtype = np.float64 if max(each.bits for each in slices) > 16 else np.float32
    array: Any = None
    for number, values in _decoded(slices):
        if values.shape != (first.rows, first.columns):
            raise GeometryError(f"{slices[number].instance.path} decodes to the shape {values.shape}")
        if array is None:
            array = np.empty((grid.indices[-1] + 1, first.rows, first.columns), dtype)
        array[grid.indices[number]] = values
    array[sorted({*range(len(array))}.difference(grid.indices))] = np.nan
    return Volume(array, np.array(_affine(first, grid)), slices)


def _affine(first: Slice, grid: Grid) -> list[list[float]]:
    assert first.row
    assert first.column
    assert first.spacing
    between_rows, between_columns = first.spacing
    lines = zip(first.row, first.column, grid.step, grid.origin, strict=True)
    return [*([r * between_columns, c * between_rows, s, o] for r, c, s, o in lines), [0.0, 0.0, 0.0, 1.0]]


def _decoded(slices: Sequence[Slice]) -> "Iterator[tuple[int, NDArray[np.generic]]]":
    """The modality values of each slice with its number; every instance is read once."""
    from pydicom.pixels.processing import apply_modality_lut  # noqa: PLC0415  (takes half a second)
    from pydicom.pixels.utils import pixel_array  # noqa: PLC0415

    numbers: dict[str, list[int]] = {}
    for number, each in enumerate(slices):
        numbers.setdefault(each.instance.path, []).append(number)
    for some in numbers.values():
        data = slices[some[0]].instance.dataset()
        for number in some:
            frame = slices[number].frame
            stored = pixel_array(data, index=frame)
            yield number, apply_modality_lut(stored, _transformation(data, frame))


def _transformation(data: "Dataset", frame: int | None) -> "Dataset":
    """What has the Rescale Slope and Intercept, or the Modality LUT Sequence, of a frame."""
    found = None if frame is None else group(frame_groups(data, frame), "PixelValueTransformationSequence")
    return data if found is None else found


def _refuse_unlike(named: str, slices: Sequence[Slice]) -> None:
    """Refuse slices that are not all of one kind."""
    if not slices:
        raise GeometryError(f"{named} has no images")
    first = slices[0]
    for each in slices:
        if each.position is None or each.normal is None or each.spacing is None:
            raise GeometryError(
                f"{each.instance.path} does not state, for each frame, where it lies",
                hint="A volume needs Image Position, Image Orientation and Pixel Spacing (PS3.3 C.7.6.2).",
            )
        if each.samples != 1:
            raise GeometryError(f"{each.instance.path} has {each.samples} samples a pixel, and a volume has one")
    unlike: dict[str, Callable[[Slice], bool]] = {
        "frames of reference": lambda each: each.frame_of_reference != first.frame_of_reference,
        "sizes": lambda each: (each.rows, each.columns) != (first.rows, first.columns),
        "orientations": lambda each: not same_direction(first, each),
        "pixel spacings": lambda each: not _same_spacing(first, each),
    }
    for what, differs in unlike.items():
        other = next(filter(differs, slices), None)
        if other is not None:
            raise GeometryError(
                f"{named} has slices of several {what}: {first.instance.path} and {other.instance.path} differ",
                hint="Choose those that belong together, with where(path=…) for instance.",
            )


def _refuse_misplaced(named: str, slices: Sequence[Slice], *, allow_gaps: bool) -> None:
    """Refuse slices at one place, and gaps."""
    same = [each for each in duplicates(slices) if each.what == "position"]
    if same:
        raise GeometryError(
            f"{named} has {_count(len(same), 'position')} with more than one slice,"
            f" the first that of {same[0].slices[0].instance.path}",
            hint="Choose one of each, with where(path=…) for instance; `duplicates` lists them.",
        )
    found = gaps(slices)
    if found and not (allow_gaps and _may_fill(found, len(slices))):
        whole = "" if all(gap.missing for gap in found) else ", not all of whole slices"
        raise GeometryError(
            f"{named} has {_count(len(found), 'gap')}{whole}, the first after {found[0].after.instance.path}",
            hint="`gaps` lists them; volume(allow_gaps=True) fills whole slices with NaN, unless most are gone.",
        )


def _may_fill(found: Sequence[Gap], present: int) -> bool:
    return all(gap.missing for gap in found) and sum(gap.missing for gap in found) <= present


def _same_spacing(a: Slice, b: Slice) -> bool:
    assert a.spacing
    assert b.spacing
    return all(abs(one - other) <= _SAME_SPACING * one for one, other in zip(a.spacing, b.spacing, strict=True))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
