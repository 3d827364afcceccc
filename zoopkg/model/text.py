"""Text from elsewhere, made fit for a terminal or a message. Pure."""

import unicodedata

# Control, format, private and surrogate characters, and the separators that break a line.
_UNSHOWN = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))


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
