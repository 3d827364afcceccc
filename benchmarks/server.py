"""nginx over a folder on the loopback interface, and a count of what it was asked for and what it sent.

Serves files only: no TLS, no listings, no compression. The tests serve by it too.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

# The workers of a master that root started would otherwise be `nobody`, who may not read the folder.
_AS_ROOT = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
_LOG_SECONDS = 0.05

_CONFIG = """
daemon off;
{user}
worker_processes auto;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 512; }}
http {{
    log_format sizes '"$request" $body_bytes_sent';
    access_log {log};
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000;
    server {{
        listen 127.0.0.1:{port};
        root www;
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many requests were answered, and the bytes of the answers' bodies."""

    requests: int
    bytes: int


class Server:
    """A running nginx; get one by `serving`.

    Args:
        url: the base URL, with no slash at the end.
        log: its access log, the bytes of one body at the end of each line.
    """

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def mark(self) -> int:
        """The place in the log that has been reached, for `since`."""
        time.sleep(_LOG_SECONDS)  # a line is written after the last byte was sent
        return self._log.stat().st_size

    def since(self, mark: int) -> Traffic:
        """What was served after a mark."""
        end = self.mark()
        with self._log.open("rb") as file:
            file.seek(mark)
            sizes = [int(line.split()[-1]) for line in file.read(end - mark).splitlines()]
        return Traffic(len(sizes), sum(sizes))


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve the files of a folder until the block ends, and count.

    Raises:
        RuntimeError: nginx is not installed, or does not start.
    """
    with tempfile.TemporaryDirectory(prefix="zoopkg-traffic-") as scratch:
        log = Path(scratch) / "access.log"
        with nginx(folder, log) as url:
            yield Server(url, log)


@contextmanager
def nginx(folder: Path, access_log: Path | None = None) -> Iterator[str]:
    """Serve the files of a folder over HTTP until the block ends.

    Args:
        folder: what to serve, under any name.
        access_log: a file to which nginx adds a line for each request: the request line, and the bytes of the body.

    Yields:
        The base URL, `http://127.0.0.1:PORT`, with no slash at the end.

    Raises:
        RuntimeError: nginx is not installed, or does not start.
    """
    if NGINX is None:
        raise RuntimeError("nginx is not installed")
    with tempfile.TemporaryDirectory(prefix="zoopkg-nginx-") as prefix:
        home = Path(prefix)
        # A link keeps the folder's own name, with whatever characters it has, out of the configuration.
        (home / "www").symlink_to(folder.absolute(), target_is_directory=True)
        process, port = _started(NGINX, home, f'"{access_log.absolute()}" sizes' if access_log else "off")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=10)


def free_port() -> int:
    """A port of the loopback interface that nothing listened on a moment ago."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(program: str, home: Path, log: str) -> tuple[subprocess.Popen[bytes], int]:
    """Another process may take the free port first; nginx then ends at once, and the next port is tried."""
    errors = home / "error.log"
    for _ in range(5):
        port = free_port()
        (home / "nginx.conf").write_text(_CONFIG.format(user=_AS_ROOT, port=port, log=log))
        process = subprocess.Popen(
            [program, "-p", str(home), "-e", errors.name, "-c", "nginx.conf"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if _listens(process, home):
            return process, port
        process.kill()
        process.wait()
    raise RuntimeError(f"nginx did not start: {errors.read_text() if errors.exists() else 'it left no log'}")


def _listens(process: subprocess.Popen[bytes], home: Path) -> bool:
    """Its process id is written once its sockets listen; asking the port could reach somebody else's server."""
    for _ in range(500):
        if (home / "nginx.pid").exists():
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    return False
