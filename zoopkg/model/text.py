"""Text made fit for a terminal or a message: that from elsewhere, counts, and numbers of bytes. Pure."""

import unicodedata

# Control, format, private and surrogate characters, and the separators that break a line.
_UNSHOWN = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
_UNITS = ("B", "kB", "MB", "GB", "TB")


def printable(text: str, limit: int | None = None, *, keep: str = "") -> str:
    """The text without characters that a terminal would act on, and of `limit` characters at most.

    Args:
        text: from an index, a mirror or a file.
        limit: cut what is longer, and say so by an ellipsis.
        keep: characters to leave in all the same, a line feed for instance.
    """
    if limit is not None:
        text = text[: 4 * limit]
    if not (text.isascii() and text.isprintable()):
        text = "".join(c for c in text if c in keep or unicodedata.category(c) not in _UNSHOWN)
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def plural(count: int, noun: str) -> str:
    """`1 instance`, `2 instances`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def human(size: int) -> str:
    """A number of bytes in the unit that suits it, powers of 1000 as disks and networks count."""
    value = float(size)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{size} B" if unit == "B" else f"{value:.1f} {unit}" if value < 100 else f"{value:.0f} {unit}"
