"""Large files to S3 in parts, taken up again where a broken upload ended, and created only where there is none.

What was sent is remembered by the bucket alone: an unfinished upload of the same key is found by listing, and those of
its parts are kept whose ETag is the MD5 of ours (with keys of KMS it never is, and all are sent anew).
Two who upload the same key may share an upload, since what one name holds is the same everywhere.

A part is read from the file while it is sent, so that memory does not grow with parts, files or threads.
"""

import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from zoopkg.errors import explaining

PART = 8 << 20
_MOST_PARTS = 10_000  # S3 User Guide, "Multipart upload limits"
_PIECE = 1 << 20
_HOPELESS = frozenset({"PreconditionFailed", "InvalidPart", "NotImplemented"})
"""What ends an upload for good: there is such an object, a part was replaced, no conditions are known."""


class Window(io.RawIOBase):
    """A span of an open file as a file of its own, for one reader at a time."""

    def __init__(self, file: io.BufferedReader, start: int, length: int) -> None:
        super().__init__()
        self._file, self._start, self._length = file, start, length
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes: a request is signed first, and may be sent again."""
        return True

    def tell(self) -> int:
        """The place within the span."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move within the span."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """The next bytes of the span."""
        view = memoryview(buffer)[: max(0, self._length - self._at)]
        self._file.seek(self._start + self._at)
        count = self._file.readinto(view)
        self._at += count
        return count


def windows(file: io.BufferedReader, size: int, part: int = PART) -> Iterator[Window]:
    """The parts of a file, all of one length but the last."""
    part = max(part, -(-size // _MOST_PARTS))
    for start in range(0, size, part):
        yield Window(file, start, min(part, size - start))


def create_in_parts(s3: Any, target: Mapping[str, str], path: Path, size: int, headers: Mapping[str, Any]) -> None:
    """Create an object from a file.

    Args:
        s3: a client of botocore.
        target: Bucket and Key.
        path: of the file.
        size: in bytes.
        headers: what the object is to have beside its bytes.

    Raises:
        ClientError: among others PreconditionFailed where there is such an object, NoSuchUpload where somebody else
            finished or removed the upload.
    """
    unfinished = _unfinished(s3, target)
    taken_up = bool(unfinished)
    upload = unfinished.pop() if taken_up else s3.create_multipart_upload(**target, **headers)["UploadId"]
    this = {**target, "UploadId": upload}
    try:
        parts = _send(s3, this, path, size, _held(s3, this) if taken_up else {})
        s3.complete_multipart_upload(**this, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in _HOPELESS:
            _abort(s3, this)
        raise
    for other in unfinished:
        _abort(s3, {**target, "UploadId": other})


def _send(s3: Any, this: Mapping[str, str], path: Path, size: int, held: Mapping[int, str]) -> list[dict[str, Any]]:
    """Send the parts that are not there; all of them as the last request wants them."""
    parts = []
    with explaining(f"read '{path}'"), path.open("rb") as file:
        for number, window in enumerate(windows(file, size), 1):
            tag = held.get(number)
            if tag is None or tag.strip('"') != _md5(window):
                tag = s3.upload_part(**this, PartNumber=number, Body=window)["ETag"]
            parts.append({"PartNumber": number, "ETag": tag})
    return parts


def _held(s3: Any, this: Mapping[str, str]) -> dict[int, str]:
    """The ETags of the parts that an upload has, by number."""
    return {
        part["PartNumber"]: part["ETag"] for page in _pages(s3, "list_parts", this) for part in page.get("Parts", ())
    }


def _unfinished(s3: Any, target: Mapping[str, str]) -> list[str]:
    """The uploads of this key that were begun, the latest last; none where they may not be listed."""
    where = {"Bucket": target["Bucket"], "Prefix": target["Key"]}
    with suppress(s3.exceptions.ClientError):
        found = [each for page in _pages(s3, "list_multipart_uploads", where) for each in page.get("Uploads", ())]
        mine = [each for each in found if each["Key"] == target["Key"]]
        return [each["UploadId"] for each in sorted(mine, key=lambda each: each["Initiated"])]
    return []


def _abort(s3: Any, this: Mapping[str, str]) -> None:
    with suppress(s3.exceptions.ClientError):
        s3.abort_multipart_upload(**this)


def _pages(s3: Any, operation: str, arguments: Mapping[str, str]) -> Any:
    return s3.get_paginator(operation).paginate(**arguments)


def _md5(window: Window) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    window.seek(0)
    while piece := window.read(_PIECE):
        digest.update(piece)
    window.seek(0)
    return digest.hexdigest()
