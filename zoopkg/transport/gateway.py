"""URLs of trustless IPFS gateways: which ones are, what file they mean, and how a block is asked for. Asks for nothing.

`https://GATEWAY/ipfs/{cid}?format=raw` and `https://{cid}.ipfs.GATEWAY/?format=car` are such URLs
(https://specs.ipfs.tech/http-gateways/trustless-gateway/).
"""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlencode

from zoopkg.errors import FormatError
from zoopkg.model.cid import Cid
from zoopkg.transport.base import Span, TransportError
from zoopkg.transport.urls import redacted

_URL = re.compile(
    r"(?P<before>(?i:https?)://(?:[^?#]*/ipfs/|(?:[^/?#]*@)?))"
    r"(?P<cid>b[a-z2-7]{58})"
    r"(?P<after>/?|\.ipfs\.[^/?#]+/?)\?(?P<query>[^#]*)"
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A trustless gateway, and the file that one of its URLs means.

    Attributes:
        cid: the file's.
        form: `raw` or `car`.
        query: what else the query says.
    """

    before: str
    after: str
    cid: Cid
    form: str
    query: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, url: str) -> Self | None:
        """The gateway that a URL means, or None for any other URL."""
        match = _URL.fullmatch(url)
        if match is None:
            return None
        query = parse_qsl(match["query"], keep_blank_values=True)
        form = dict(query).get("format", "")
        if form not in ("raw", "car"):
            return None
        rest = tuple((key, value) for key, value in query if key != "format")
        try:
            return cls(match["before"], match["after"], Cid.parse(match["cid"]), form, rest)
        except FormatError as error:
            raise TransportError(f"{redacted(url)} has no CID: {error.message}", permanent=True) from error

    @property
    def name(self) -> str:
        """What is the same in the URLs of all its blocks."""
        return f"{self.before}*{self.after}"

    def block_url(self, cid: Cid) -> str:
        """Where to ask for a block."""
        return self._url(cid, {"format": "raw"})

    def car_url(self, span: Span | None) -> str:
        """Where to ask for the blocks of the file, or those that a span needs, in order and each as often as is due."""
        scope = {"entity-bytes": f"{span.start}:{span.end - 1}"} if span else {}
        order = {"car-version": "1", "car-order": "dfs", "car-dups": "y"}
        return self._url(self.cid, {"format": "car", "dag-scope": "entity"} | scope | order)

    def _url(self, cid: Cid, query: dict[str, str]) -> str:
        return f"{self.before}{cid}{self.after}?{urlencode([*self.query, *query.items()])}"
