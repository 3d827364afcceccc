"""Lines out of a stream of bytes, each capped. Decodes nothing."""

from collections.abc import Iterable, Iterator

from zoopkg.errors import FormatError


def split_lines(chunks: Iterable[bytes], limit: int, document: str) -> Iterator[bytes]:
    """The lines of a stream without their line feeds; the last one must have its line feed too.

    Raises:
        FormatError: a line over `limit` bytes, or bytes after the last line feed.
    """
    rest = b""
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            line = rest + chunk[start:end]
            if len(line) > limit:
                raise FormatError(f"{document} has a line over {limit} bytes")
            yield line
            rest, start = b"", end + 1
        rest += chunk[start:]
        if len(rest) > limit:
            raise FormatError(f"{document} has a line over {limit} bytes")
    if rest:
        raise FormatError(f"{document} ends in the middle of a line")
