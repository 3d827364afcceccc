"""The opener of a run that must not touch the network: files open, everything else is refused with its own error."""

from zoopkg.errors import OfflineError
from zoopkg.transport.base import Body, Span
from zoopkg.transport.file import FileOpener
from zoopkg.transport.urls import redacted, split


class OfflineOpener:
    """Opens `file:` URLs and nothing else."""

    def __init__(self) -> None:
        self._files = FileOpener()

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        """Begin to read a file (see `zoopkg.transport.base.Opener`).

        Raises:
            OfflineError: the URL leads to the network.
        """
        if split(url).scheme != "file":
            raise OfflineError(
                f"{redacted(url)} is needed, and the network was ruled out", hint="Run it once without --offline."
            )
        return self._files.open(url, limit=limit, span=span, validator=validator)
