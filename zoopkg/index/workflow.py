"""TUF's client workflow with one mirror: what it leads to, or why it does not. python-tuf does all the verifying.

Chooses no mirror, and keeps nothing: `trust` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tuf.api.exceptions import ExpiredMetadataError, RepositoryError
from tuf.api.metadata import Metadata, TargetFile, Timestamp
from tuf.ngclient import FetcherInterface, Updater

from zoopkg.errors import IntegrityError
from zoopkg.index import roles
from zoopkg.index.behind import Newest, Words, problem_of
from zoopkg.index.fetcher import CONFIG, MAX_METADATA, GenerationFetcher, MirrorFetcher, file_url
from zoopkg.index.problems import TUF_ERRORS, Failure, Problem, clean
from zoopkg.index.state import metadata_files
from zoopkg.transport.settings import Patience


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms metadata is trusted.

    Attributes:
        root: the root metadata that all trust starts from, as bytes.
        now: this machine's clock.
        reference: the time at which metadata must not have expired; earlier than `now` where staleness is allowed.
        needed: target paths; every role that has a say in them must load, or a mirror is not complete.
        patience: with each of several mirrors; a single one is given as much as the opener has.
        strangers: mirrors that may well be of another index.
    """

    root: bytes
    now: datetime
    reference: datetime
    needed: Sequence[str] = ()
    patience: Patience = field(default_factory=Patience)
    strangers: frozenset[str] = frozenset()


class View:
    """Trusted metadata in memory: one state of the index, complete as far as it was asked for.

    Attributes:
        mirrors: those that may be asked for target files, the one whose metadata this is first.
        complete: those of them that led to a complete state, so that they should have the target files, too.
        words: what all that were asked said.
        problems: what is wrong with some.
    """

    def __init__(self, updater: Updater, complete: Sequence[str]) -> None:
        self._updater = updater
        self.complete = self.mirrors = tuple(complete)
        self.words: tuple[Words, ...] = ()
        self.problems: tuple[Problem, ...] = ()

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

    def unled(self, fetcher: MirrorFetcher) -> Failure | None:
        """Why a mirror that has this state's timestamp does not lead on from there; nobody has asked it to.

        One whose timestamp is known already is asked for nothing more, and could lack all that others need of it.
        """
        timestamp = _trusted(self._updater).timestamp
        theirs = Metadata[Timestamp].from_bytes(fetcher.seen[roles.TIMESTAMP_FILE]).signed
        meta = timestamp.snapshot_meta
        name = roles.metadata_file(roles.SNAPSHOT, meta.version)
        if name in fetcher.seen or theirs.version != timestamp.version:
            return None
        try:
            meta.verify_length_and_hashes(fetcher.download_bytes(name, meta.length or MAX_METADATA))
        except TUF_ERRORS as error:
            return Failure(fetcher.mirror, name, file_url(fetcher.mirror, name), error)
        return None

    def after(
        self, complete: Sequence[str], others: Sequence[str], words: Sequence[Words], reference: datetime
    ) -> "View":
        """The same state, now that more mirrors were asked.

        Args:
            complete: those of them that led to a complete state.
            others: those that did not.
            words: what all said that were asked so far.
            reference: the time at which metadata must not have expired.
        """
        trusted = _trusted(self._updater)
        newest = Newest(trusted.root.version, trusted.timestamp.version, reference)
        view = View(self._updater, tuple(dict.fromkeys((*self.complete, *complete))))
        view.mirrors = tuple(dict.fromkeys((*view.complete, *self.mirrors, *others)))
        view.words = tuple(words)
        view.problems = tuple(problem for said in words if (problem := problem_of(said, newest)))
        return view


def update(draft: Path, fetcher: MirrorFetcher | GenerationFetcher, terms: Terms) -> Updater | Failure:
    """Refresh a draft of the trusted state, and load every role that is needed.

    Args:
        draft: a folder with metadata that is trusted so far; what proves right is added to it.
        fetcher: asks one mirror.
        terms: on what terms to trust.

    Raises:
        IntegrityError: the root that all trust starts from is malformed.
    """
    updater = _updater(draft, fetcher, terms)
    try:
        updater.refresh()
        for path in terms.needed:
            updater.get_targetinfo(path)
    except TUF_ERRORS as error:
        when = _expired(error, updater, fetcher.seen, terms.reference)
        return Failure(fetcher.mirror, fetcher.last, file_url(fetcher.mirror, fetcher.last), error, when)
    return updater


def _updater(draft: Path, fetcher: FetcherInterface, terms: Terms) -> Updater:
    try:
        updater = Updater(str(draft), "", fetcher=fetcher, config=CONFIG, bootstrap=terms.root)
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


def versions(generation: Path) -> tuple[int, ...]:
    """How far a generation is: the versions of root, timestamp, snapshot, targets, and the sum over all others."""
    found = dict.fromkeys(roles.TOP_LEVEL, 0)
    others = 0
    for path in metadata_files(generation):
        try:
            version = int(Metadata.from_file(str(path)).signed.version)
        except RepositoryError:  # damaged on this machine: tuf takes it for absent, too
            continue
        role = roles.file_role(path.name)
        if role in found:
            found[role] = max(found[role], version)
        else:
            others += version
    order = (roles.ROOT, roles.TIMESTAMP, roles.SNAPSHOT, roles.TARGETS)
    return (*(found[role] for role in order), others)


def version_of(metadata: bytes) -> int:
    """The version that metadata states, 0 where it is none."""
    try:
        return int(Metadata.from_bytes(metadata).signed.version)
    except RepositoryError:
        return 0
