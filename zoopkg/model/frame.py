"""The zstd frame that a manifest or a layout is stored as: exactly one, of the size that it announces (RFC 8878).

Unfolds it in bounded pieces; what the bytes mean is the reader's.
"""

from collections.abc import Iterable, Iterator

import zstandard

from zoopkg.errors import FormatError

MAX_WINDOW = 8 << 20
PIECE = 1 << 10  # of compressed bytes: a bomb unfolds them thirty thousandfold


def decompressed(data: bytes, document: str) -> Iterator[bytes]:
    """The pieces of a zstd frame that is the whole of `data`.

    Raises:
        FormatError: it is not one frame, or is cut short, or goes on after it.
    """
    return unfolded((data[start : start + PIECE] for start in range(0, len(data), PIECE)), document)


def unfolded(pieces: Iterable[bytes], document: str) -> Iterator[bytes]:
    """The same of a frame that comes in pieces, each of at most `PIECE` bytes, the first with the whole header."""
    total = announced = 0
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj()
    try:
        for n, piece in enumerate(pieces):
            if n == 0:
                announced = zstandard.get_frame_parameters(piece).content_size
            data = decompressor.decompress(piece)
            total += len(data)
            if total > announced:
                break
            yield data
    except zstandard.ZstdError as error:
        raise FormatError(f"{document} does not decompress: {error}") from error
    if announced != total or decompressor.unused_data or not decompressor.eof:
        raise FormatError(f"{document} is not one zstd frame of the size that it announces")
