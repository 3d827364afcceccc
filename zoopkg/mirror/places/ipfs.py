"""A node of IPFS that its operator writes to: blobs go in as CARs by the RPC API of kubo, and are pinned.

The blocks are cut here, so a blob has the CID that the index states, whatever the node's own habits. Holds blobs alone.
`ipfs+http://HOST:PORT` is where the API listens; `?gateway=URL` after it says where others read what the node has.
(https://docs.ipfs.tech/reference/kubo/rpc/)
"""

import json
import os
import secrets
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlencode

from zoopkg.errors import UsageError, ZooError
from zoopkg.mirror.place import File, Seen
from zoopkg.mirror.trees import sections
from zoopkg.model import car
from zoopkg.model.cid import Cid
from zoopkg.transport.answers import retry_after
from zoopkg.transport.api import Answer, ApiClient, Call, again
from zoopkg.transport.base import TransportError
from zoopkg.transport.http import HttpConfig
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.redirects import is_inward
from zoopkg.transport.settings import WebSettings
from zoopkg.transport.urls import clean, credentials_of, place, redacted, split, without_credentials

TOKEN = "ZOOPKG_IPFS_TOKEN"  # noqa: S105  a variable's name
_MAX_PINS = 256 << 20  # over two million of them
_BUSY = (408, 425, 429, 502, 503, 504)


class IpfsPlace:
    """A node (see `zoopkg.mirror.place.Place`).

    Args:
        address: `ipfs+http://HOST:PORT` or `ipfs+https://…`, with a user and password, a path before `/api/v0`, and
            `?gateway=URL`, where wanted; the gateway is a mirror's template, or what `/ipfs/{cid}` is appended to.
        web: proxies and authorities beyond those of the environment.
        environment: the variables of the process.

    Raises:
        UsageError: the address is malformed, or would have credentials sent in the clear.
    """

    holds_metadata = False

    def __init__(
        self, address: str, *, web: WebSettings | None = None, environment: Mapping[str, str] = os.environ
    ) -> None:
        parts = split(address.removeprefix("ipfs+"))
        query = parse_qs(parts.query, keep_blank_values=True)
        if not parts.hostname or parts.scheme not in ("http", "https") or parts.fragment or query.keys() - {"gateway"}:
            raise UsageError(
                f"'{redacted(address)}' is no node of IPFS", hint="Write ipfs+http://HOST:PORT, or ipfs+https://HOST."
            )
        base = without_credentials(parts._replace(query="").geturl()).rstrip("/") + "/api/v0"
        secret = _secret(base, credentials_of(address), environment.get(TOKEN, "").strip())
        # Importing a large blob takes a node a while before it answers.
        config = HttpConfig(stall_timeout=600.0, grace=900.0, web=web or WebSettings())
        self._api = ApiClient(base, secret=secret, config=config)
        self._name = place(base)
        self.template = _template(query.get("gateway", [""])[-1])

    def survey(self, files: Collection[File]) -> set[File]:
        """Those that the node has pinned, so that it has all of their blocks."""
        if not files:
            return set()
        query = {"type": "recursive", "stream": "true"}
        answer = again(lambda: self._ask("pin/ls", query, "tell what it has pinned", limit=_MAX_PINS))
        pinned: set[str] = set()
        for line in _documents(answer):
            keys = line.get("Keys")
            pinned.update(keys if isinstance(keys, dict) else [str(line.get("Cid"))])
        return {file for file in files if file.cid in pinned}

    def put(self, file: File, path: Path) -> None:
        """Have the node import the blob's tree and pin it. What is there already stays as it is."""
        again(lambda: self._import(file, path))

    def _import(self, file: File, path: Path) -> None:
        boundary = secrets.token_hex(16)
        answer = self._ask(
            "dag/import",
            {"pin-roots": "true", "allow-big-block": "false"},
            f"take {file.name}",
            body=_multipart(file, path, boundary),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
        roots = [line["Root"] for line in _documents(answer) if isinstance(line.get("Root"), dict)]
        told = next((root for root in roots if root.get("Cid") == {"/": file.cid}), None)
        if told is None or told.get("PinErrorMsg"):
            why = clean(str(told["PinErrorMsg"])) if told else "it does not say so"
            raise ZooError(f"the IPFS node at {self._name} did not pin {file.name}: {why}")

    def _ask(self, method: str, query: Mapping[str, str], purpose: str, **more: Any) -> Answer:
        answer = self._api.call(Call("POST", f"{self._api.base}/{method}?{urlencode(query)}", **more))
        if answer.status != 200:
            self._refuse(answer, purpose)
        return answer

    def _refuse(self, answer: Answer, purpose: str) -> NoReturn:
        said = f"the IPFS node at {self._name} did not {purpose}: HTTP {answer.status}"
        if answer.status in _BUSY:
            raise TransportError(said, retry_after=retry_after(answer.headers, datetime.now(UTC)))
        if answer.status in (401, 403):
            hint = f"Put the user and password into the address, or a token into {TOKEN}."
            raise ZooError(said, hint=hint)
        if answer.status == 500:
            reasons = [str(line["Message"]) for line in _documents(answer) if "Message" in line]
            raise ZooError(said.rpartition(": ")[0] + f": {clean(reasons[0]) if reasons else 'it does not say why'}")
        raise ZooError(said, hint="Is that the address of its RPC API? That of kubo listens at port 5001.")

    def reveal(self) -> None:
        """Nothing is hidden: who knows a CID finds it."""

    def timestamp(self) -> Seen | None:
        """None: metadata never comes from IPFS."""
        return None

    def replace_timestamp(self, data: bytes, seen: Seen | None) -> None:  # noqa: ARG002  nothing is written
        """Refuse: metadata never comes from IPFS."""
        raise UsageError("IPFS takes blobs alone")

    def names(self) -> Iterable[str]:
        """None: a node knows blocks, and not what they are called."""
        return ()

    def remove(self, names: Collection[str]) -> None:
        """Nothing: a node knows blocks, and not what they are called."""

    def close(self) -> None:
        """Close the connections."""
        self._api.close()


def _secret(base: str, credentials: tuple[str, str] | None, token: str) -> dict[str, str]:
    if not credentials and not token:
        return {}
    parts = split(base)
    if parts.scheme == "http" and not is_inward(parts.hostname or "", None):
        raise UsageError(
            f"{place(base)} would get your credentials in the clear", hint="Write ipfs+https://, or use a tunnel."
        )
    basic = b64encode(":".join(credentials).encode()).decode() if credentials else ""
    return {"Authorization": f"Basic {basic}" if credentials else f"Bearer {token}"}


def _template(gateway: str) -> str:
    if not gateway:
        return ""
    return Mirror.parse(gateway if "{cid}" in gateway else gateway.rstrip("/") + "/ipfs/{cid}").template


def _multipart(file: File, path: Path, boundary: str) -> Iterator[bytes]:
    """A form with a CAR of the blob as its one file (RFC 7578)."""
    disposition = f'Content-Disposition: form-data; name="file"; filename="{file.name}.car"'
    yield f"--{boundary}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
    yield car.header(Cid.parse(file.cid))
    yield from sections(file, path)
    yield f"\r\n--{boundary}--\r\n".encode()


def _documents(answer: Answer) -> Iterator[dict[str, Any]]:
    """The JSON objects of an answer, one a line."""
    for line in answer.body.splitlines():
        try:
            document = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            document = ()
        if isinstance(document, dict):
            yield document
        elif document is not None:
            raise TransportError(f"{redacted(answer.url)} did not answer with JSON", permanent=True)
