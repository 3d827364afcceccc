"""One greyscale frame to one codestream, for each compression that a free Python package can write the same way twice.

Frames are arrays of rows x columns, unsigned; decoding is there only where a lossy encoder's error is to be told.
"""

import io
import zlib
from typing import Any

import jpeg_ls  # type: ignore[import-untyped]  # the package has no stubs
import numpy as np
from numpy.typing import NDArray
from openjpeg import utils as openjpeg
from phantoms.write import file_meta
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID, RLELossless

Frame = NDArray[Any]


def native(frame: Frame) -> bytes:
    """Return the frame as little-endian stored pixels: 8 bits as bytes, more as 16-bit words."""
    return frame.astype("<u2" if frame.itemsize > 1 else "u1").tobytes()


def rle(frame: Frame, bits_stored: int) -> bytes:
    """Return the frame in RLE (PS3.5 annex G)."""
    rows, columns = frame.shape
    return get_encoder(RLELossless).encode(
        native(frame),
        encoding_plugin="pydicom",
        rows=rows,
        columns=columns,
        samples_per_pixel=1,
        bits_allocated=8 * frame.itemsize,
        bits_stored=bits_stored,
        pixel_representation=0,
        number_of_frames=1,
        photometric_interpretation="MONOCHROME2",
    )


def jpeg_ls_stream(frame: Frame, bits_stored: int, near: int = 0) -> bytes:
    """Return the frame in JPEG-LS, no pixel off by more than `near`."""
    rows, columns = frame.shape
    return bytes(jpeg_ls.encode_buffer(native(frame), rows, columns, 1, bits_stored, lossy_error=near))


def jpeg_ls_decoded(stream: bytes) -> Frame:
    """Return the frame in a JPEG-LS stream of more than 8 bits a pixel."""
    pixels, about = jpeg_ls.decode_buffer(stream)
    return np.frombuffer(bytes(pixels), "<u2").reshape(about["height"], about["width"])


def jpeg_2000(frame: Frame, bits_stored: int, ratio: float | None = None) -> bytes:
    """Return the frame in JPEG 2000: lossless, or at compression ratio `ratio`."""
    rows, columns = frame.shape
    ratios = None if ratio is None else [ratio]
    return bytes(
        openjpeg.encode_buffer(native(frame), columns, rows, 1, bits_stored, is_signed=False, compression_ratios=ratios)
    )


def jpeg_2000_decoded(stream: bytes) -> Frame:
    """Return the frame in a JPEG 2000 stream."""
    return np.asarray(openjpeg.decode(stream))


def jpeg(frame: Frame, quality: int) -> bytes:
    """Return the 8-bit frame in JPEG baseline; `quality` is libjpeg's."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def jpeg_decoded(stream: bytes) -> Frame:
    """Return the frame in a JPEG baseline stream."""
    return np.asarray(Image.open(io.BytesIO(stream)))


def deflated(frame: Frame) -> bytes:
    """Return the frame as a raw deflate stream (RFC 1951)."""
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return encoder.compress(native(frame)) + encoder.flush()


def set_frames(data: Dataset, syntax: UID, frames: list[bytes], *, table: bool = True, fragments: int = 1) -> None:
    """Give `data` encapsulated pixel data (PS3.5 annex A.4); without `table` the Basic Offset Table is empty."""
    data.file_meta = file_meta(data, syntax)
    data.PixelData = encapsulate(frames, fragments_per_frame=fragments, has_bot=table)
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True
