"""The nginx configuration of docs/mirror-operator.md, served by a real nginx over the starter index."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from pages import DOCS, ROOT, blocks
from servers import NGINX, free_port, needs_nginx

from zoopkg.cli import run

pytestmark = needs_nginx

_AS_ROOT = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
_AROUND = """
daemon off;
{user}
pid nginx.pid;
events {{ }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    gzip on;
    gzip_types *;
    gzip_min_length 1;
    {server}
}}
"""


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The starter index behind the configuration of the page, with compression on for whatever that leaves alone."""
    folder = tmp_path_factory.mktemp("nginx")
    port = free_port()
    (block,) = [each for each in blocks(DOCS / "mirror-operator.md") if each.language == "nginx"]
    server = block.text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("/srv/zoo", str(ROOT / "index"))
    (folder / "nginx.conf").write_text(_AROUND.format(user=_AS_ROOT, server=server))
    assert NGINX
    process = subprocess.Popen([NGINX, "-p", str(folder), "-e", "error.log", "-c", "nginx.conf"])
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                requests.get(f"{url}/timestamp.json", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers={"Accept-Encoding": "gzip", **headers}, timeout=10)


def name(pattern: str) -> str:
    return min((ROOT / "index").glob(pattern)).name


@pytest.mark.parametrize(
    ("pattern", "caching"),
    [
        ("timestamp.json", "no-cache"),
        ("1.root.json", "public, max-age=300"),
        ("*.manifest", "public, max-age=31536000, immutable"),
        ("*.bundle", "public, max-age=31536000, immutable"),
    ],
)
def test_files_come_as_they_are_and_are_cached_as_the_page_says(mirror: str, pattern: str, caching: str) -> None:
    answer = get(f"{mirror}/{name(pattern)}")
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == caching
    assert answer.content == (ROOT / "index" / name(pattern)).read_bytes()


def test_ranges_and_strong_etags(mirror: str) -> None:
    answer = get(f"{mirror}/{name('*.bundle')}", Range="bytes=10-19")
    assert (answer.status_code, len(answer.content)) == (206, 10)
    assert answer.headers["ETag"].startswith('"')


@pytest.mark.parametrize("path", ["packs/build.py", "staged/x.json", ".hidden", "2.root.json"])
def test_what_is_not_to_be_served_is_not(mirror: str, path: str) -> None:
    assert get(f"{mirror}/{path}").status_code == 404


def test_an_install_from_it(mirror: str, tmp_path: Path) -> None:
    root = str(ROOT / "index/1.root.json")
    where = ["--directory", str(tmp_path), "--store", str(tmp_path / "store"), "--quiet"]
    assert run(["install", "charsets", "--index", mirror, "--root", root, *where]) == 0
    assert run(["verify", *where]) == 0
