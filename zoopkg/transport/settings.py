"""How to reach the web beyond what the environment says, proxies and whom to trust; and how patiently. Only values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What a person configured; the environment's variables go before it.

    Attributes:
        ca_bundle: the file of the authorities to trust instead of the usual ones; empty for those.
        proxies: the proxy URL for `http` and `https`.
        no_proxy: hosts to reach without one, as in the variable NO_PROXY.
    """

    ca_bundle: str = ""
    proxies: Mapping[str, str] = field(default_factory=dict)
    no_proxy: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for one of several mirrors for metadata, where the others may be asked instead.

    Attributes:
        seconds: for the first answers, all together: newer roots and the timestamp; and for each further file.
        rate: bytes a second at which a further file earns itself more time.
        rounds: how often to ask those that failed, as long as no mirror is good.
    """

    seconds: float = 10.0
    rate: float = 20_000.0
    rounds: int = 4
