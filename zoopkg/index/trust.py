"""From root bytes and mirrors to trusted metadata: TUF's client workflow, once per mirror, committed as a whole.

A mirror is refreshed into a draft of the trusted state. Each further mirror starts from the best complete state so far,
so the newest complete one wins: a mirror that hides a newer root or timestamp is outvoted by any that shows it, and one
that has a newer timestamp without what belongs to it blocks no one. Where no mirror is complete, the furthest verified
part is kept, as sections 5.3 to 5.6 of https://theupdateframework.github.io/specification/latest/ ask.

Several mirrors are asked for their first files at once, and none for long, so that a dead one costs its patience once.
Knows nothing of packs: `client` does. What one mirror leads to is the business of `workflow`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tuf.api.exceptions import DownloadError, UnsignedMetadataError
from tuf.ngclient import Updater

from zoopkg.errors import OfflineError
from zoopkg.index import roles
from zoopkg.index.again import rested
from zoopkg.index.behind import Words
from zoopkg.index.fetcher import CONFIG, GenerationFetcher, MirrorFetcher, file_url
from zoopkg.index.problems import Failure, explain
from zoopkg.index.state import TrustedState
from zoopkg.index.workflow import Terms, View, update, version_of, versions
from zoopkg.transport.base import Opener

_AT_ONCE = 32


def refresh(
    state: TrustedState, mirrors: Sequence[str], opener: Opener, terms: Terms, known: View | None = None
) -> View:
    """The newest complete state that any mirror has, verified, and kept as this machine's trusted state.

    Args:
        state: this machine's.
        mirrors: whom to ask.
        opener: how to reach them.
        terms: on what terms to trust.
        known: a state that other mirrors gave just now, and that holds unless these have a newer one.

    Raises:
        IntegrityError: no mirror was complete, and one served what fails verification, or has expired.
        NotOnMirrorsError: no mirror could be reached, or none has the index.
        OfflineError: the opener was told to stay offline.
        ZooError: the trusted state cannot be written.
    """
    asked = list(dict.fromkeys(mirrors))
    with state.lock():
        try:
            return _Refresh(state, opener, terms, known, several=len(asked) > 1 or known is not None).by(asked)
        finally:
            state.sweep()


class _Refresh:
    """One refresh, in rounds: all mirrors, and as long as none is good, those again that failed in passing."""

    def __init__(self, state: TrustedState, opener: Opener, terms: Terms, known: View | None, *, several: bool) -> None:
        self._state, self._opener, self._terms, self._known = state, opener, terms, known
        self._patience = terms.patience if several else None
        self._base = state.pointer().latest
        self._best: tuple[Path, Updater, str] | None = None
        self._parts: list[Path] = []
        self._complete: list[str] = []
        self._fetchers: dict[str, MirrorFetcher] = {}
        self._failures: dict[str, Failure] = {}

    def by(self, mirrors: Sequence[str]) -> View:
        """The state that these mirrors lead to."""
        self._round(mirrors)
        for number in range(1, self._patience.rounds if self._patience else 1):
            if self._complete or self._known or not (again := rested(self._failures, number)):
                break
            self._round(again)
        if self._best is not None:
            draft, updater, mirror = self._best
            self._state.commit(draft, complete=True)
            view = View(updater, ())
            self._complete.sort(key=lambda each: each != mirror)
        elif self._known is not None:
            view = self._known
        else:
            self._keep_furthest()
            failures = [self._failures[mirror] for mirror in mirrors]
            foreign = [failure.mirror for failure in failures if self._is_foreign(failure)]
            raise explain(failures, self._terms.now, foreign)
        self._drop_those_that_only_agree(view)
        words = [self._words(mirror) for mirror in mirrors]
        others = [each.mirror for each in words if each.failure and not each.foreign]
        known = self._known.words if self._known else ()
        return view.after(self._complete, others, (*known, *words), self._terms.reference)

    def _drop_those_that_only_agree(self, view: View) -> None:
        """Find out which of several mirrors have the newest timestamp and not what it leads to."""
        if self._patience is None or not self._complete:
            return
        with ThreadPoolExecutor(min(len(self._complete), _AT_ONCE)) as executor:
            failures = executor.map(view.unled, [self._fetchers[mirror] for mirror in self._complete])
            self._failures.update({failure.mirror: failure for failure in failures if failure is not None})
        self._complete = [mirror for mirror in self._complete if mirror not in self._failures]

    def _round(self, mirrors: Sequence[str]) -> None:
        fetchers = [MirrorFetcher(self._opener, mirror, self._patience) for mirror in mirrors]
        self._ask_heads(fetchers)
        for fetcher in fetchers:
            self._fetchers[fetcher.mirror] = fetcher
            self._failures.pop(fetcher.mirror, None)
            self._update(fetcher)

    def _ask_heads(self, fetchers: Sequence[MirrorFetcher]) -> None:
        """Have what several mirrors say is newest, unverified, in the time that the slowest takes."""
        patience = self._patience
        if patience is None or not fetchers:
            return
        version = self._first_root()
        with ThreadPoolExecutor(min(len(fetchers), _AT_ONCE)) as executor:
            list(executor.map(lambda fetcher: fetcher.ask_heads(version, patience), fetchers))

    def _first_root(self) -> int:
        """The version of the root that this machine trusts before anybody is asked."""
        history = (self._state.folder / self._base).glob("root_history/*.root.json") if self._base else ()
        first = version_of(self._terms.root)
        known = {roles.file_version(path.name) for path in history}
        while first + 1 in known:
            first += 1
        return first

    def _update(self, fetcher: MirrorFetcher) -> None:
        """Refresh from one mirror, over the best complete state so far."""
        base = self._best[0].name if self._best else self._base
        draft = self._state.draft(base)
        outcome = update(draft, fetcher, self._terms)
        if isinstance(outcome, Failure):
            self._failures[fetcher.mirror] = outcome
            self._parts.append(draft)
            return
        self._complete.append(fetcher.mirror)
        is_news = self._best or self._known
        if not is_news or versions(draft) != versions(self._state.folder / base):
            self._best = draft, outcome, fetcher.mirror

    def _keep_furthest(self) -> None:
        latest = self._state.pointer().latest
        furthest = max(self._parts, key=versions, default=None)
        if furthest is not None and (not latest or versions(furthest) > versions(self._state.folder / latest)):
            self._state.commit(furthest, complete=False)

    def _words(self, mirror: str) -> Words:
        """What a mirror said, to be held against what proves to be the newest."""
        fetcher, failure = self._fetchers[mirror], self._failures.get(mirror)
        timestamp = fetcher.seen.get(roles.TIMESTAMP_FILE) or fetcher.heads.get(roles.TIMESTAMP_FILE, b"")
        return Words(mirror, fetcher.newest_root, timestamp, failure, foreign=self._is_foreign(failure))

    def _is_foreign(self, failure: Failure | None) -> bool:
        """Whether a mirror whose signatures do not fit has another index: another root under the number of ours."""
        if failure is None or failure.mirror not in self._terms.strangers:
            return False
        if not isinstance(failure.error, UnsignedMetadataError):
            return False
        name = roles.metadata_file(roles.ROOT, version_of(self._terms.root))
        try:
            there = self._fetchers[failure.mirror].read(file_url(failure.mirror, name), CONFIG.root_max_length)
        except DownloadError:
            return False
        return there != self._terms.root


def load(state: TrustedState, terms: Terms) -> View:
    """The last complete state, verified again from the root bytes, without any mirror.

    Raises:
        IntegrityError: it fails verification, or has expired.
        OfflineError: there is none on this machine, or it lacks what is needed.
    """
    with state.lock():
        try:
            name = state.pointer().complete
            if not name:
                raise OfflineError("this machine has no copy of the index yet", hint="Leave out --offline once.")
            fetcher = GenerationFetcher(state.folder / name)
            outcome = update(state.draft(name), fetcher, terms)
        finally:
            state.sweep()
    if isinstance(outcome, Failure):
        raise explain([outcome], terms.now)
    return View(outcome, [])
