"""The files of a small pack, too random to be packed any smaller."""

import os

FILES = {
    "a/big.bin": os.urandom(300_000),
    "a/deep/other.bin": os.urandom(300_000),
    "b.txt": b"0123456789",
    "empty.txt": b"",
}
