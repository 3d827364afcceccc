"""What tests may expect of the objects derived from the CT phantom: `derived/expected.json`."""

from typing import Any

from phantoms import ct_scene, enhanced, presentation, report, rt, seg, seg_facts
from phantoms.ct import AXIAL
from phantoms.expected import CONVENTION
from phantoms.grid import tidy
from phantoms.uids import uid


def facts() -> dict[str, Any]:
    """Return the checkable facts, file by file; patient coordinates are LPS, mm."""
    return {
        "convention": CONVENTION,
        "source": {
            "folder": "../phantom/axial",
            "series_instance_uid": str(uid(f"ct/{AXIAL.name}")),
            "frame_of_reference_uid": str(uid("ct/frame-of-reference")),
        },
        "enhanced-ct.dcm": {
            "note": "frame f (from 0) shows the same pixels as slice frame_order[f] of the axial series",
            "frames": len(enhanced.ORDER),
            "frame_order": list(enhanced.ORDER),
        },
        "segmentation.dcm": {"segments": [_segment(item) for item in seg.SEGMENTS]},
        "rt-structure-set.dcm": {"rois": [_roi(item) for item in rt.ROIS]},
        "rt-plan.dcm": {"beams": 0, "structure_set": "rt-structure-set.dcm"},
        "rt-dose.dcm": _dose(),
        "report.dcm": {
            "template": "TID 1500",
            "measurements": [_measured(item) for item in seg.SEGMENTS],
            "nodule_diameter_mm": report.DIAMETER_MM,
            "nodule_circle": {"slice": presentation.SLICE, "centre_and_edge": list(report.CIRCLE)},
        },
        "presentation-state.dcm": {
            "window": {"centre": presentation.WINDOW[0], "width": presentation.WINDOW[1]},
            "circle": {"slice": presentation.SLICE, "centre_and_edge": [*sum(presentation.CIRCLE, ())]},
            "text": "nodule",
        },
    }


def _segment(item: seg.Segment) -> dict[str, Any]:
    return {
        "number": item.number,
        "label": item.part,
        "voxels": seg_facts.voxels(item),
        "volume_mm3": seg_facts.volume_mm3(item),
        "centroid": list(seg_facts.centroid(item)),
        "slices": seg_facts.slices(item),
    }


def _measured(item: seg.Segment) -> dict[str, Any]:
    return {
        "segment": item.number,
        "tracking_uid": str(seg.tracking_uid(item)),
        "volume_mm3": seg_facts.volume_mm3(item),
        "mean_hu": seg_facts.mean_hu(item),
    }


def _roi(roi: rt.Roi) -> dict[str, Any]:
    heights = [AXIAL.grid.position(0, 0, k)[2] for k in range(AXIAL.grid.shape[2])]
    drawn = [z for z in heights if roi.contour(z)]
    return {
        "number": roi.number,
        "name": roi.name,
        "type": roi.kind,
        "contours": len(drawn),
        "z_range": [drawn[0], drawn[-1]],
        "inside": [point for name, point in _NAMED.items() if name in _INSIDE[roi.name]],
        "outside": [point for name, point in _NAMED.items() if name not in _INSIDE[roi.name]],
    }


_NAMED = {name: {"name": name, "patient": list(point)} for name, point in ct_scene.NAMED.items()}
_INSIDE = {
    "BODY": {name for name in ct_scene.NAMED if name != "air"},
    "NODULE": {"nodule"},
    "SPINE": {"spine", "canal"},
    "CANAL": {"canal"},
}
"""The named points within each structure; the slice to look at is the nearest."""


def _dose() -> dict[str, Any]:
    i, j, k = rt.DOSE_GRID.voxel(rt.CENTRE)
    return {
        "max_gy": rt.PEAK_GY,
        "max_voxel": [i, j, k],
        "max_patient": list(rt.CENTRE),
        "affine": rt.DOSE_GRID.affine,
        "shape": dict(zip(("columns", "rows", "frames"), rt.DOSE_GRID.shape, strict=True)),
        "model": "dose = 60 Gy / (1 + (distance from max_patient / 30 mm)^2), stored in mGy",
        "points": [_dose_at(name, point) for name, point in ct_scene.NAMED.items() if name != "air"],
    }


def _dose_at(name: str, point: tuple[float, float, float]) -> dict[str, Any]:
    i, j, k = rt.DOSE_GRID.voxel(point)
    gray = tidy(int(rt.dose_values(k)[j, i]) * rt.DOSE_SCALING)
    return {"near": name, "voxel": [i, j, k], "patient": list(rt.DOSE_GRID.position(i, j, k)), "gy": gray}
