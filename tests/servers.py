"""A real web server over a folder, for the tests that must not talk to a stand-in: that of the benchmarks.

`with nginx(folder) as url:` serves the folder on a free port of the loopback interface until the block ends; the
`needs_nginx` mark skips where there is no nginx.
"""

import pytest

from benchmarks.server import NGINX, free_port, nginx

__all__ = ["NGINX", "free_port", "needs_nginx", "nginx"]

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
