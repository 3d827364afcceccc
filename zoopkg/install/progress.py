"""What a running install tells of itself: a port with a silent implementation. Shows nothing itself."""

from typing import Protocol


class Progress(Protocol):
    """Told, from several threads, how far an install has come."""

    def begin(self, what: str, total: int) -> None:
        """A stage begins: what it does, and how many bytes or files it will come to."""
        ...

    def advance(self, count: int, mirror: str = "") -> None:
        """So many more bytes or files are done; the mirror that served them, where one did."""
        ...

    def warn(self, message: str) -> None:
        """Something a person should know, though the work goes on."""
        ...


class Silent:
    """Tells nobody."""

    def begin(self, what: str, total: int) -> None:
        """Nothing."""

    def advance(self, count: int, mirror: str = "") -> None:
        """Nothing."""

    def warn(self, message: str) -> None:
        """Nothing."""


class Logged(Silent):
    """Tells the logger `zoopkg` what a person should know, and nobody how far it has come."""

    def warn(self, message: str) -> None:
        """One line of the log."""
        import logging  # noqa: PLC0415  (the command line never comes here)

        logging.getLogger("zoopkg").warning("%s", message)
