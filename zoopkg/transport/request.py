"""The arguments of `Opener.open` as one value, for those that pass them on. Asks nothing itself."""

from dataclasses import dataclass

from zoopkg.transport.base import Span


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for (see `zoopkg.transport.base.Opener.open`)."""

    url: str
    limit: int
    span: Span | None = None
    validator: str = ""

    def headers(self) -> dict[str, str]:
        """The HTTP headers that ask for the span, on the validator's condition (RFC 9110, sections 13.1.5 and 14.2)."""
        if self.span is None:
            return {}
        asked = {"Range": f"bytes={self.span.start}-{self.span.end - 1}"}
        return asked | {"If-Range": self.validator} if self.validator else asked
