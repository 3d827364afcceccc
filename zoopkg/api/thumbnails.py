"""A small picture of an instance, for people to recognise it by. Not for reading: its grey levels are stretched."""

import io
import warnings
from typing import Any

from zoopkg.api.instance import Instance

MAX_BYTES = 8 << 20
MAX_PIXELS = 1 << 24
_EDGE = 96


def thumbnail(instance: Instance) -> bytes | None:
    """The middle frame as a PNG of at most 96 x 96 pixels; None where there is none to show, whatever the reason.

    Fetches the instance. Whether it may be large is checked before anything is decoded.
    """
    rows, columns, samples = (instance.facets[name] for name in ("rows", "columns", "samples"))
    if not isinstance(rows, int) or not isinstance(columns, int) or instance.size > MAX_BYTES:
        return None
    if not 0 < rows * columns * (samples if isinstance(samples, int) else 1) <= MAX_PIXELS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _drawn(instance)
    except Exception:  # noqa: BLE001  (a picture is a courtesy, and broken files make decoders raise anything)
        return None


def _drawn(instance: Instance) -> bytes:
    import numpy as np  # noqa: PLC0415  (an extra, as is pillow)
    from PIL import Image  # noqa: PLC0415
    from pydicom.pixels.utils import pixel_array  # noqa: PLC0415

    data = instance.dataset()
    frames = instance.facets["frames"]
    pixels = pixel_array(data, index=frames // 2 if isinstance(frames, int) else 0)
    thin = pixels[:: max(1, pixels.shape[0] // 512), :: max(1, pixels.shape[1] // 512)]
    if thin.ndim == 2 or thin.dtype != np.uint8:
        thin = _stretched(np, thin)
    if data.get("PhotometricInterpretation") == "MONOCHROME1":
        thin = 255 - thin
    image = Image.fromarray(thin)
    image.thumbnail((_EDGE, _EDGE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _stretched(np: Any, pixels: Any) -> Any:
    """Grey levels from the 1st to the 99th percentile as 0 to 255."""
    low, high = np.percentile(pixels, (1, 99))
    return (np.clip((pixels - low) / max(high - low, 1), 0, 1) * 255).astype(np.uint8)
