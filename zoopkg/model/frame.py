"""The zstd frame that a manifest or a layout is stored as: exactly one, of the size that it announces (RFC 8878).

Unfolds it in bounded pieces; what the bytes mean is the reader's.
"""

from collections.abc import Iterator

import zstandard

from zoopkg.errors import FormatError

MAX_WINDOW = 8 << 20
_PIECE = 1 << 10  # of compressed bytes: a bomb unfolds them thirty thousandfold


def decompressed(data: bytes, document: str) -> Iterator[bytes]:
    """The pieces of a zstd frame that is the whole of `data`.

    Raises:
        FormatError: it is not one frame, or is cut short, or goes on after it.
    """
    total = 0
    try:
        announced = zstandard.get_frame_parameters(data).content_size
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj()
        for start in range(0, len(data), _PIECE):
            piece = decompressor.decompress(data[start : start + _PIECE])
            total += len(piece)
            if total > announced:
                break
            yield piece
    except zstandard.ZstdError as error:
        raise FormatError(f"{document} does not decompress: {error}") from error
    if announced != total or decompressor.unused_data or not decompressor.eof:
        raise FormatError(f"{document} is not one zstd frame of the size that it announces")
