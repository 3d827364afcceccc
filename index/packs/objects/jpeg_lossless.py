"""A JPEG lossless encoder for one component: process 14, selection value 1 (ITU-T T.81 annex H).

It exists because no permissively licensed Python package writes 1.2.840.10008.1.2.4.70, the compression most met in
archives.  One fixed Huffman table, no restart intervals: correct, not small.
"""

import struct

import numpy as np
from numpy.typing import NDArray

# Code lengths in bits of the difference categories 0 to 16.
LENGTHS = (2, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)


def encode(image: NDArray[np.uint16], precision: int) -> bytes:
    """Return `image` (rows x columns, values below 2 ** `precision`) as a JPEG lossless stream."""
    rows, columns = image.shape
    counts = bytes(LENGTHS.count(length) for length in range(1, 17))
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xC3, struct.pack(">BHHB3B", precision, rows, columns, 1, 1, 0x11, 0)),
            _segment(0xC4, b"\0" + counts + bytes(range(len(LENGTHS)))),
            _segment(0xDA, bytes((1, 1, 0, 1, 0, 0))),
            _entropy_coded(_differences(image, precision)).replace(b"\xff", b"\xff\0"),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _differences(image: NDArray[np.uint16], precision: int) -> NDArray[np.int64]:
    """Return each pixel less its left neighbour; at the left edge, less the one above (T.81 section H.1.2.1)."""
    values = image.astype(np.int64)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 1 << (precision - 1)
    modulo = (values - predicted) & 0xFFFF
    return np.where(modulo > 0x8000, modulo - 0x10000, modulo).ravel()


def _codes() -> list[str]:
    """Return the Huffman code of each category, as digits (T.81 annex C)."""
    codes, code, length = [], 0, LENGTHS[0]
    for wanted in LENGTHS:
        code <<= wanted - length
        length = wanted
        codes.append(f"{code:0{length}b}")
        code += 1
    return codes


def _entropy_coded(differences: NDArray[np.int64]) -> bytes:
    codes = _codes()
    words = {int(value): _word(int(value), codes) for value in np.unique(differences)}
    digits = "".join(words[value] for value in differences.tolist())
    digits += "1" * (-len(digits) % 8)
    return int(digits, 2).to_bytes(len(digits) // 8, "big")


def _word(difference: int, codes: list[str]) -> str:
    """Return the code of the difference's category and its additional bits (T.81 section H.1.2.2)."""
    category = abs(difference).bit_length()
    if category in (0, 16):
        return codes[category]
    additional = difference if difference > 0 else difference + (1 << category) - 1
    return f"{codes[category]}{additional:0{category}b}"
