"""What a citation of a pack tells, whatever the format: a version, its authors, and what it was made from.

What packs say of themselves is free text. A name of an author may be a person's or a group's; it is passed on as it is
written, never taken apart.
"""

from dataclasses import dataclass

from zoopkg.model.manifest import Source
from zoopkg.model.text import printable


@dataclass(frozen=True, slots=True)
class Cited:
    """One version of a pack, as a citation needs it; all texts may be empty but for the first three.

    Attributes:
        name: `ct-basic`, or `NAMESPACE/NAME`.
        content: the digest that identifies the version.
        published: `YYYY-MM-DD`.
        url: where to read of it.
        wish: how its maintainers want it to be cited.
        sources: the data sets that it was made from.
    """

    name: str
    version: str
    content: str
    license: str = ""
    summary: str = ""
    published: str = ""
    url: str = ""
    wish: str = ""
    authors: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def title(self) -> str:
        """What to call it."""
        return line(f"{self.name}: {self.summary}" if self.summary else self.name)

    @property
    def date(self) -> tuple[int, ...]:
        """Year, month and day; empty where nobody told."""
        return tuple(int(number) for number in self.published.split("-")) if self.published else ()

    @property
    def note(self) -> str:
        """What a reader needs to get the same bytes, and to use them by right."""
        words = [f"License: {self.license}."] if self.license else []
        words += [f"Content: {self.content}."]
        words += [f"Cite as: {self.wish}"] if self.wish else []
        return line(" ".join(words))


def line(text: str) -> str:
    """A text on one line, without characters that no reader shows."""
    return " ".join(printable(" ".join(text.split())).split())


def credit(source: Source) -> str:
    """By what right a source is used, and whose it is."""
    return line(". ".join(part for part in (f"License: {source.license}", source.copyright) if part))
