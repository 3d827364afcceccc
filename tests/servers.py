"""A real web server over a folder, for the tests and benchmarks that must not talk to a stand-in.

`with nginx(folder) as url:` serves the folder on a free port of the loopback interface until the block ends; the
`needs_nginx` mark skips where there is no nginx. It serves files only: no TLS, no listings, no compression.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

# The workers of a master that root started would otherwise be `nobody`, who may not read the folders of a test.
_AS_ROOT = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""

_CONFIG = """
daemon off;
{user}
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 512; }}
http {{
    access_log {access_log};
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


@contextmanager
def nginx(folder: Path, *, access_log: Path | None = None) -> Iterator[str]:
    """Serve the files of a folder over HTTP.

    Args:
        folder: what to serve, under any name.
        access_log: a file to which nginx adds a line for each request, for those who count them.

    Yields:
        The base URL, `http://127.0.0.1:PORT`, with no slash at the end.
    """
    assert NGINX is not None, "mark the test with needs_nginx"
    with tempfile.TemporaryDirectory(prefix="zoopkg-nginx-") as prefix:
        home = Path(prefix)
        # A link keeps the folder's own name, with whatever characters it has, out of the configuration.
        (home / "www").symlink_to(folder.absolute(), target_is_directory=True)
        process, port = _started(home, access_log)
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


def _started(home: Path, access_log: Path | None) -> tuple[subprocess.Popen[bytes], int]:
    """Another process may take the free port first; nginx then ends at once, and the next port is tried."""
    for _ in range(5):
        port = free_port()
        log = f'"{access_log.absolute()}"' if access_log else "off"
        (home / "nginx.conf").write_text(_CONFIG.format(user=_AS_ROOT, port=port, access_log=log))
        process = subprocess.Popen(
            [str(NGINX), "-p", str(home), "-e", "error.log", "-c", "nginx.conf"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if _listens(process, home):
            return process, port
        process.kill()
        process.wait()
    log_text = (home / "error.log").read_text() if (home / "error.log").exists() else "it left no log"
    raise RuntimeError(f"nginx did not start: {log_text}")


def _listens(process: subprocess.Popen[bytes], home: Path) -> bool:
    """nginx writes its process id once its sockets listen; asking the port could reach somebody else's server."""
    for _ in range(500):
        if (home / "nginx.pid").exists():
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    return False
