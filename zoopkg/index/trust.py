"""From root bytes and mirrors to trusted metadata: TUF's client workflow, once per mirror, committed as a whole.

A mirror is refreshed into a draft of the trusted state. Each further mirror starts from the best complete state so far,
so the newest complete one wins: a mirror that hides a newer root or timestamp is outvoted by any that shows it, and one
that has a newer timestamp without what belongs to it blocks no one. Where no mirror is complete, the furthest verified
part is kept, as sections 5.3 to 5.6 of https://theupdateframework.github.io/specification/latest/ ask.

Knows nothing of packs: `client` does. Everything that python-tuf verifies, python-tuf verifies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tuf.api.exceptions import ExpiredMetadataError, RepositoryError
from tuf.api.metadata import Metadata, TargetFile
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from zoopkg.errors import IntegrityError, OfflineError
from zoopkg.index import roles
from zoopkg.index.fetcher import MAX_METADATA, GenerationFetcher, MirrorFetcher
from zoopkg.index.problems import TUF_ERRORS, Failure, clean, explain
from zoopkg.index.state import TrustedState, metadata_files
from zoopkg.transport.base import Opener

_CONFIG = UpdaterConfig(snapshot_max_length=MAX_METADATA, targets_max_length=MAX_METADATA)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms metadata is trusted.

    Attributes:
        root: the root metadata that all trust starts from, as bytes.
        now: this machine's clock.
        reference: the time at which metadata must not have expired; earlier than `now` where staleness is allowed.
        needed: target paths; every role that has a say in them must load, or a mirror is not complete.
    """

    root: bytes
    now: datetime
    reference: datetime
    needed: Sequence[str] = ()


class View:
    """Trusted metadata in memory: one state of the index, complete as far as it was asked for.

    Attributes:
        mirrors: those that are worth asking for target files, the one whose metadata this is first.
    """

    def __init__(self, updater: Updater, mirrors: Sequence[str]) -> None:
        self._updater = updater
        self.mirrors = mirrors

    def target(self, path: str) -> TargetFile | None:
        """What the index says about a target, or None where no role lists it.

        Raises:
            IntegrityError: a role that has a say was not among those needed, and cannot be had now.
        """
        try:
            return self._updater.get_targetinfo(path)
        except (*TUF_ERRORS, OSError) as error:
            raise IntegrityError(f"the index cannot tell about '{clean(path)}' ({clean(str(error))})") from error

    def delegated(self) -> tuple[str, ...]:
        """The names of the roles that the top-level targets delegate to, as the index orders them."""
        delegations = _trusted(self._updater).targets.delegations
        return tuple(delegations.roles or ()) if delegations else ()

    def expiries(self) -> dict[str, datetime]:
        """When each loaded role expires."""
        return {role: signed.expires for role, signed in self._loaded().items()}

    def versions(self) -> dict[str, int]:
        """The version of each loaded role."""
        return {role: signed.version for role, signed in self._loaded().items()}

    def _loaded(self) -> dict[str, Any]:
        trusted = _trusted(self._updater)
        return {role: trusted[role] for role in (*roles.TOP_LEVEL, *self.delegated()) if role in trusted}


def refresh(state: TrustedState, mirrors: Sequence[str], opener: Opener, terms: Terms) -> View:
    """The newest complete state that any mirror has, verified, and kept as this machine's trusted state.

    Raises:
        IntegrityError: no mirror was complete, and one served what fails verification, or has expired.
        NotOnMirrorsError: no mirror could be reached, or none has the index.
        OfflineError: the opener was told to stay offline.
        ZooError: the trusted state cannot be written.
    """
    with state.lock():
        try:
            return _refresh(state, mirrors, opener, terms)
        finally:
            state.sweep()


def _refresh(state: TrustedState, mirrors: Sequence[str], opener: Opener, terms: Terms) -> View:
    best: tuple[Path, Updater, str] | None = None
    parts: list[Path] = []
    failures: list[Failure] = []
    for mirror in mirrors:
        draft = state.draft(best[0].name if best else state.pointer().latest)
        outcome = _update(draft, MirrorFetcher(opener, mirror), terms)
        if isinstance(outcome, Failure):
            failures.append(outcome)
            parts.append(draft)
        elif best is None or _versions(draft) != _versions(best[0]):
            best = draft, outcome, mirror
    if best is None:
        _keep_furthest(state, parts)
        raise explain(failures, terms.now)
    state.commit(best[0], complete=True)
    return View(best[1], [best[2], *(mirror for mirror in mirrors if mirror != best[2])])


def _keep_furthest(state: TrustedState, parts: Sequence[Path]) -> None:
    latest = state.pointer().latest
    furthest = max(parts, key=_versions, default=None)
    if furthest is not None and (not latest or _versions(furthest) > _versions(state.folder / latest)):
        state.commit(furthest, complete=False)


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
            outcome = _update(state.draft(name), fetcher, terms)
        finally:
            state.sweep()
    if isinstance(outcome, Failure):
        raise explain([outcome], terms.now)
    return View(outcome, [])


def _update(draft: Path, fetcher: MirrorFetcher | GenerationFetcher, terms: Terms) -> Updater | Failure:
    updater = _updater(draft, fetcher, terms)
    try:
        updater.refresh()
        for path in terms.needed:
            updater.get_targetinfo(path)
    except TUF_ERRORS as error:
        return Failure(fetcher.mirror, fetcher.last, error, _expired(error, updater, fetcher.seen, terms.reference))
    return updater


def _updater(draft: Path, fetcher: FetcherInterface, terms: Terms) -> Updater:
    try:
        updater = Updater(str(draft), "", fetcher=fetcher, config=_CONFIG, bootstrap=terms.root)
    except TUF_ERRORS as error:
        raise IntegrityError(
            f"the root that the index is to be trusted by is not valid root metadata ({clean(str(error))})",
            hint="Get the root file again from the index's maintainers.",
        ) from error
    _trusted(updater).reference_time = terms.reference
    return updater


def _trusted(updater: Updater) -> Any:
    """What an updater trusts: the one way to set its clock, and to see dates and delegations. tuf has no public one."""
    return updater._trusted_set  # noqa: SLF001


def _expired(
    error: Exception, updater: Updater, seen: dict[str, bytes], reference: datetime
) -> tuple[str, datetime] | None:
    """Which role's date passed. tuf names no date, and keeps no delegated role that has expired: those came last."""
    if not isinstance(error, ExpiredMetadataError):
        return None
    trusted = _trusted(updater)
    signed = {role: trusted[role] for role in roles.TOP_LEVEL if role in trusted}
    for file, data in seen.items():
        try:
            signed[roles.file_role(file)] = Metadata.from_bytes(data).signed
        except RepositoryError:
            continue
    return next(((role, each.expires) for role, each in signed.items() if each.is_expired(reference)), None)


def _versions(generation: Path) -> tuple[int, ...]:
    """How far a generation is: the versions of root, timestamp, snapshot, targets, and the sum over all others."""
    versions = dict.fromkeys(roles.TOP_LEVEL, 0)
    others = 0
    for path in metadata_files(generation):
        try:
            version = int(Metadata.from_file(str(path)).signed.version)
        except RepositoryError:  # damaged on this machine: tuf takes it for absent, too
            continue
        role = roles.file_role(path.name)
        if role in versions:
            versions[role] = max(versions[role], version)
        else:
            others += version
    order = (roles.ROOT, roles.TIMESTAMP, roles.SNAPSHOT, roles.TARGETS)
    return (*(versions[role] for role in order), others)
