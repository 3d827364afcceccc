"""How to reach the web beyond what the environment says: proxies, and whom to trust. Values, no network."""

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
