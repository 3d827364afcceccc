"""What tests of copying share: an index with two packs, made in memory, and places in folders."""

from pathlib import Path

import pytest
from stands import Stand
from zoopkg_cli import Maintainer


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    """An index of its own with `zoo/demo` 1.0.0, and the folder beside it for mirrors."""
    return Stand(tmp_path)


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    """An index with several packs, one of which requires another."""
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    maintainer.release("base", "1.0.0", {"base.dcm": b"base" * 50})
    maintainer.release("base", "2.0.0", {"base.dcm": b"base" * 50, "two.dcm": b"two" * 50})
    maintainer.release("demo", "1.0.0", {"a.dcm": b"first" * 100, "b.dcm": b"second"}, requires=["base@1"])
    maintainer.release("demo", "2.0.0", {"c.dcm": b"third" * 100})
    maintainer.release("other", "1.0.0", {"o.dcm": bytes(range(256)) * 2000})
    return maintainer
