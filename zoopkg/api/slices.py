"""Where images lie in the patient, read from headers: one slice for each image, or for each frame that has a place.

PS3.3 sections C.7.6.2 (image plane), C.7.6.16 (functional groups of multi-frame images). Decodes no pixels, and judges
nothing: what is not stated, or not as it must be, is None.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from zoopkg.api.errors import GeometryError
from zoopkg.api.instance import Instance
from zoopkg.errors import ZooError

if TYPE_CHECKING:
    from pydicom import Dataset

Vector: TypeAlias = tuple[float, float, float]

_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_FAR = 1e9  # mm, beyond which no patient lies; NaN is not below it
_TAGS = [
    *_GROUPS,
    "SOPInstanceUID",
    "SamplesPerPixel",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "InstanceNumber",
    "FrameOfReferenceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SpacingBetweenSlices",
    "SliceThickness",
]


@dataclass(frozen=True, slots=True)
class Slice:
    """One image, or one frame of one, and where it lies.

    Attributes:
        instance: the instance that it is in.
        frame: which of its frames, from 0; None where the image is the instance.
        position: Image Position (Patient): the centre of the first pixel, x y z in mm (LPS); None if not stated.
        row: the direction in which the column index grows, the first half of Image Orientation (Patient).
        column: the direction in which the row index grows, the second half.
        spacing: Pixel Spacing in mm: between rows, then between columns.
        rows: of pixels.
        columns: of pixels.
        samples: Samples per Pixel.
        bits: Bits Allocated.
        number: Instance Number.
        uid: SOP Instance UID.
        frame_of_reference: Frame of Reference UID.
        depth: in mm, Spacing Between Slices, else Slice Thickness.
    """

    instance: Instance
    frame: int | None
    position: Vector | None
    row: Vector | None
    column: Vector | None
    spacing: tuple[float, float] | None
    rows: int
    columns: int
    samples: int
    bits: int
    number: int | None
    uid: str
    frame_of_reference: str
    depth: float | None

    @property
    def normal(self) -> Vector | None:
        """The unit vector row x column; None where the two are no directions at right angles."""
        if self.row is None or self.column is None:
            return None
        (a, b, c), (d, e, f) = self.row, self.column
        normal = (b * f - c * e, c * d - a * f, a * e - b * d)
        is_sound = all(abs(math.hypot(*vector) - 1) < 1e-3 for vector in (self.row, self.column, normal))
        return normal if is_sound else None

    def __repr__(self) -> str:
        frame = "" if self.frame is None else f" frame {self.frame}"
        return f"<Slice {self.instance.path}{frame} at {self.position}>"


def slices_of(instance: Instance) -> list[Slice]:
    """The slices of an instance; none where it is no image.

    Raises:
        GeometryError: pydicom cannot read its header.
        ZooError: as `Instance.file`.
    """
    try:
        return list(_slices(instance, instance.dataset(stop_before_pixels=True, specific_tags=_TAGS)))
    except ZooError:
        raise
    except Exception as error:  # broken bytes make pydicom raise anything, OSError among it
        raise GeometryError(f"pydicom cannot read the header of {instance.path}: {error}") from error


def frame_groups(data: "Dataset", frame: int | None) -> list["Dataset"]:
    """The functional groups that hold for a frame, its own before the shared ones; the data set itself without any."""
    if frame is None:
        return [data]
    shared, each = (data.get(name) for name in _GROUPS)
    return [each[frame], *(shared or ())[:1]]


def group(groups: list["Dataset"], keyword: str) -> "Dataset | None":
    """The item of a functional group's sequence, the first that there is."""
    return next((found[0] for each in groups if (found := each.get(keyword))), None)


def _slices(instance: Instance, data: "Dataset") -> Iterator[Slice]:
    if not _integer(data, "Rows") or not _integer(data, "Columns"):
        return
    placed = len(data.get(_GROUPS[1]) or ())
    for frame in range(placed) if placed else (None,):
        groups = frame_groups(data, frame)
        if frame is not None:
            position, orientation, measures = (
                group(groups, f"{name}Sequence") for name in ("PlanePosition", "PlaneOrientation", "PixelMeasures")
            )
        else:  # frames without functional groups lie at several places, and one position tells of none
            position = orientation = data if (_integer(data, "NumberOfFrames") or 1) == 1 else None
            measures = data
        row_column = _numbers(orientation, "ImageOrientationPatient", 6)
        spacing = _numbers(measures, "PixelSpacing", 2)
        depth = _numbers(measures, "SpacingBetweenSlices", 1) or _numbers(measures, "SliceThickness", 1)
        yield Slice(
            instance=instance,
            frame=frame,
            position=_vector(_numbers(position, "ImagePositionPatient", 3)),
            row=_vector(row_column and row_column[:3]),
            column=_vector(row_column and row_column[3:]),
            spacing=(spacing[0], spacing[1]) if spacing and min(spacing) > 0 else None,
            rows=_integer(data, "Rows") or 0,
            columns=_integer(data, "Columns") or 0,
            samples=_integer(data, "SamplesPerPixel") or 1,
            bits=_integer(data, "BitsAllocated") or 0,
            number=_integer(data, "InstanceNumber"),
            uid=str(data.get("SOPInstanceUID") or ""),
            frame_of_reference=str(data.get("FrameOfReferenceUID") or ""),
            depth=depth[0] if depth and depth[0] > 0 else None,
        )


def _vector(numbers: tuple[float, ...] | None) -> Vector | None:
    return (numbers[0], numbers[1], numbers[2]) if numbers else None


def _numbers(data: "Dataset | None", keyword: str, count: int) -> tuple[float, ...] | None:
    """The values of an attribute, where they are so many numbers, none of them absurd."""
    try:
        value: Any = None if data is None else data.get(keyword)
        numbers = tuple(float(each) for each in ([value] if count == 1 else value or ()))
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and all(abs(number) < _FAR for number in numbers) else None


def _integer(data: "Dataset", keyword: str) -> int | None:
    try:
        return int(data.get(keyword))
    except (TypeError, ValueError, OverflowError):
        return None
