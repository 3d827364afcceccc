"""nginx over a folder on the loopback interface, and a count of what it was asked for and what it sent."""

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
_AS_ROOT = "user root;" if os.geteuid() == 0 else ""
_LOG_SECONDS = 0.05

_CONFIG = """
daemon off;
{user}
worker_processes auto;
pid nginx.pid;
events {{ worker_connections 512; }}
http {{
    log_format sizes "$body_bytes_sent";
    access_log access.log sizes;
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
        log: its access log, the bytes of one body a line.
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
            sizes = [int(line) for line in file.read(end - mark).splitlines()]
        return Traffic(len(sizes), sum(sizes))


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve the files of a folder until the block ends.

    Raises:
        RuntimeError: nginx is not installed, or does not start.
    """
    if NGINX is None:
        raise RuntimeError("nginx is not installed, and the benchmarks install over it")
    with tempfile.TemporaryDirectory(prefix="zoopkg-nginx-") as prefix:
        home = Path(prefix)
        # A link keeps the folder's own name, with whatever characters it has, out of the configuration.
        (home / "www").symlink_to(folder.absolute(), target_is_directory=True)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        (home / "nginx.conf").write_text(_CONFIG.format(user=_AS_ROOT, port=port))
        with (home / "error.log").open("wb") as errors:
            process = subprocess.Popen(
                [NGINX, "-p", prefix, "-e", "stderr", "-c", "nginx.conf"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        try:
            _await_start(process, home)
            yield Server(f"http://127.0.0.1:{port}", home / "access.log")
        finally:
            process.terminate()
            process.wait(timeout=10)


def _await_start(process: subprocess.Popen[bytes], home: Path) -> None:
    """It writes its process id once its sockets listen."""
    for _ in range(500):
        if (home / "nginx.pid").exists():
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"nginx did not start: {(home / 'error.log').read_text()}")
