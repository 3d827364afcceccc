"""Faults of the release simulator, for `GitHub.misbehave`: each stands between a request and its honest answer."""

import threading
from collections.abc import Callable

from release_http import Answer, DropError, Exchange
from release_simulator import Fault, GitHub, Honest, problem

When = Callable[[Exchange], bool]


def uploads(exchange: Exchange) -> bool:
    return exchange.host == "uploads"


def call(method: str, ending: str = "") -> When:
    """Calls of the API by their method, and the end of their path."""
    return lambda each: each.host == "api" and each.method == method and each.path.endswith(ending)


def once(when: When, fault: Fault) -> Fault:
    """The fault at the first such request alone."""
    lock, done = threading.Lock(), threading.Event()

    def behave(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
        with lock:
            hit = when(exchange) and not done.is_set()
            if hit:
                done.set()
        return fault(github, exchange, honest) if hit else honest()

    return behave


def always(when: When, fault: Fault) -> Fault:
    """The fault at every such request."""
    return lambda github, exchange, honest: fault(github, exchange, honest) if when(exchange) else honest()


def from_number(number: int, fault: Fault, then: Fault) -> Fault:
    """The fault at the request of this number, and another at all later ones."""

    def behave(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
        if exchange.number == number:
            return fault(github, exchange, honest)
        return then(github, exchange, honest) if exchange.number > number else honest()

    return behave


def unasked(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
    """The connection drops before anything is done."""
    raise DropError


def unanswered(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
    """All is done, and the answer is lost."""
    honest()
    raise DropError


def bad_gateway(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
    """All is done, and a proxy says that it failed."""
    honest()
    return problem(502, "Server Error")


def cut_at(count: int) -> Fault:
    """The connection drops after so many bytes of the request's body, as if the client had gone."""

    def behave(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
        read = exchange.read
        exchange.read = lambda size: read(min(size, count))
        return honest()

    return behave


def cut_answer(count: int) -> Fault:
    """The connection drops after so many bytes of the answer's body."""

    def behave(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
        answer = honest()
        answer.headers |= {"Content-Length": str(len(answer.body)), "Connection": "close"}
        answer.body = answer.body[:count]
        return answer

    return behave


def answers(status: int, message: str = "Not Found", **headers: str) -> Fault:
    """Another answer, with these headers (underscores for hyphens)."""

    def behave(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
        refused = problem(status, message)
        refused.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return refused

    return behave


def meanwhile(work: Callable[[], object]) -> Fault:
    """Somebody else does something just before the request is answered."""

    def behave(github: GitHub, exchange: Exchange, honest: Honest) -> Answer:
        work()
        return honest()

    return behave
