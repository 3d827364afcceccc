"""Signatures on staged metadata: adding them, merging those made elsewhere, counting them against thresholds.

Each signer needs a copy of `staged` and keys of their own, no more. Changes no content; publishes nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key, Signature
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp, VerificationResult

from zoopkg.errors import IntegrityError, UsageError
from zoopkg.index import roles
from zoopkg.index.files import write_file
from zoopkg.index.folder import IndexFolder, parse
from zoopkg.index.keys import KeyRing, KeySource, key_name, read_keys
from zoopkg.index.twins import refuse_twins

_KINDS: dict[str, type[Root] | type[Snapshot] | type[Timestamp]] = {
    roles.ROOT: Root,
    roles.SNAPSHOT: Snapshot,
    roles.TIMESTAMP: Timestamp,
}


@dataclass(frozen=True, slots=True)
class RoleStatus:
    """How a role's metadata stands.

    Attributes:
        expires: when clients stop trusting it.
        signed: the names of the keys that validly signed it.
        unsigned: the names of those that may and have not.
        missing: how many signatures it lacks.
        staged: it waits to be published.
        digest: SHA-256 of what is signed.
        until: when clients stop trusting what is published of the role meanwhile, or None where nothing is.
    """

    role: str
    version: int
    expires: datetime
    signed: tuple[str, ...]
    unsigned: tuple[str, ...]
    missing: int
    staged: bool
    digest: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How an index stands: its roles in the state that is next, and the target paths that are staged."""

    roles: tuple[RoleStatus, ...]
    staged: tuple[str, ...]

    @property
    def short(self) -> tuple[RoleStatus, ...]:
        """The roles that lack signatures."""
        return tuple(role for role in self.roles if role.missing)

    def due(self, now: datetime, within: int | None = None) -> tuple[RoleStatus, ...]:
        """The roles that clients will soon trust no more, or trust no more already, the soonest first.

        Args:
            now: this machine's clock.
            within: so many days before, for what people sign; 30 by default. For what a job renews it is always 2.
        """

        def is_due(role: RoleStatus) -> bool:
            by_hand = within is not None and roles.is_signed_by_hand(role.role)
            notice = timedelta(days=within if by_hand and within is not None else roles.notice_days(role.role))
            return role.until is not None and role.until <= now + notice

        return tuple(sorted(filter(is_due, self.roles), key=lambda role: role.until or now))


def sign(idx: Path, keys: KeySource | Path, only: Collection[str] | None = None) -> Status:
    """Sign staged metadata with every key at hand that may; signatures of others stay.

    Args:
        idx: an index folder, or a travelling copy of its `staged`.
        keys: the private keys.
        only: these roles, instead of all that are staged.

    Raises:
        UsageError: nothing or not that role is staged, no key at hand may sign, or a key cannot be read.
        IntegrityError: the copy leaves out versions between the published one and the staged one; or one key is stated
            as two.
        ZooError: a token or a service that holds a key refused.
    """
    folder = IndexFolder(idx)
    ring = read_keys(keys, known_keys(folder))
    with folder.lock():
        staged = folder.staged_roles()
        if unknown := sorted(set(only or ()) - set(staged)):
            raise UsageError(f"nothing is staged for {', '.join(unknown)} in '{idx}'")
        if not staged:
            raise UsageError(f"nothing is staged in '{idx}'")
        chosen = [role for role in staged if only is None or role in only]
        for role in chosen:
            _refuse_gap(folder, role)
        if not sum(sign_role(folder, role, ring) for role in chosen):
            source = keys if isinstance(keys, KeySource) else KeySource(keys)
            raise UsageError(f"no key in {source} may sign {', '.join(chosen)}", hint="`index status` tells whose may.")
        return status_of(folder)


def _refuse_gap(folder: IndexFolder, role: str) -> None:
    """Refuse a copy that compares with an older state than the published one, or with none where there is one."""
    if folder.travels and (left_out := folder.left_out(role)):
        raise IntegrityError(
            f"'{folder.path}' leaves out what was published before: {left_out}",
            hint="Do not sign; take a fresh copy of what is staged.",
        )


def sign_if_able(idx: Path, keys: KeySource) -> Status:
    """Sign staged metadata with every key at hand that may, if any may."""
    folder = IndexFolder(idx)
    ring = read_keys(keys, known_keys(folder))
    with folder.lock():
        for role in folder.staged_roles():
            sign_role(folder, role, ring)
        return status_of(folder)


def known_keys(folder: IndexFolder) -> list[Key]:
    """The keys that may sign something, in the next state of an index or in the present one."""
    found: dict[str, Key] = {}
    for data in (folder.published(roles.ROOT), folder.final(roles.ROOT)):
        found |= parse(data, Root, roles.ROOT).signed.keys if data else {}
    for data in (folder.published(roles.TARGETS), folder.final(roles.TARGETS)):
        delegations = parse(data, Targets, roles.TARGETS).signed.delegations if data else None
        found |= delegations.keys if delegations else {}
    return list(found.values())


def sign_role(folder: IndexFolder, role: str, ring: KeyRing) -> int:
    """Sign one staged role with every key at hand that may; how many could.

    Keys that a staged root replaces may sign, too: theirs count for clients that have not seen that root yet.
    """
    metadata = staged_metadata(folder, role)
    refuse_twins(metadata.signed)
    path = folder.staged_file(role)
    assert path is not None
    able = add_signatures(metadata, entitled(folder, role), ring)
    if able:
        write_file(path, metadata.to_bytes())
    return able


def add_signatures(metadata: Metadata[Any], keyids: Iterable[str], ring: KeyRing) -> int:
    """Sign metadata with those of these keys that are at hand; how many were.

    Raises:
        ZooError: one of them could not sign, and why. (tuf's own way to sign says only that.)
    """
    able = [ring.signers[keyid] for keyid in keyids if keyid in ring.signers]
    for signer in able:
        signature = signer.sign(metadata.signed_bytes)
        metadata.signatures[signature.keyid] = signature
    return len(able)


def merge(idx: Path, other: Path) -> Status:
    """Take over the signatures that a travelling copy has and this folder lacks.

    Raises:
        UsageError: the copy holds nothing, or other content than is staged here; or `idx` is itself a copy.
    """
    folder, copy = IndexFolder(idx), IndexFolder(other)
    if folder.travels:
        raise UsageError(
            f"'{idx}' is a copy of what is staged, and no index", hint="The index comes first: `index merge IDX COPY`."
        )
    if not copy.staged_roles():
        raise UsageError(f"nothing is staged in '{other}'")
    with folder.lock():
        for role in copy.staged_roles():
            path = folder.staged_file(role)
            theirs = staged_metadata(copy, role)
            if path is None:
                raise _not_staged(folder, role, theirs, other)
            ours = staged_metadata(folder, role)
            if ours.signed_bytes != theirs.signed_bytes:
                raise UsageError(
                    f"'{other}' holds other {role} metadata than is staged in '{idx}': it was staged anew since",
                    hint="Take a fresh copy, and have that signed.",
                )
            ours.signatures |= _valid(folder, role, ours.signed_bytes, theirs.signatures)
            write_file(path, ours.to_bytes())
        return status_of(folder)


def _not_staged(folder: IndexFolder, role: str, theirs: Metadata[Any], other: Path) -> UsageError:
    present = folder.published(role)
    live: Metadata[Any] | None = parse(present, _KINDS.get(role, Targets), role) if present else None
    if live and live.signed_bytes == theirs.signed_bytes:
        return UsageError(f"{role} {theirs.signed.version} of '{other}' is published in '{folder.path}' already")
    return UsageError(f"nothing is staged for {role} in '{folder.path}'", hint="Is it the copy's own index?")


def status(idx: Path) -> Status:
    """How the index stands: each role's version, date and signatures, and what is staged.

    Raises:
        UsageError: there is no index in this folder.
    """
    return status_of(IndexFolder(idx))


def status_of(folder: IndexFolder) -> Status:
    """The same, of a folder that is open already."""
    staged = folder.staged_roles()
    names = [*roles.TOP_LEVEL, *folder.delegated()]
    paths = sorted(
        path.relative_to(folder.staged).as_posix()
        for pattern in ("*/*.json", roles.MIRRORS_TARGET)
        for path in folder.staged.glob(pattern)
        if not path.parent.name.startswith("_")
    )
    known = ((name, folder.final(name)) for name in names)
    return Status(tuple(_role_status(folder, name, data, name in staged) for name, data in known if data), tuple(paths))


def _role_status(folder: IndexFolder, role: str, data: bytes, staged: bool) -> RoleStatus:
    metadata = _signable(parse(data, _KINDS.get(role, Targets), role), role)
    signed, unsigned, missing = _count(folder, role, metadata)
    published = folder.published(role)
    live: Metadata[Any] | None = parse(published, _KINDS.get(role, Targets), role) if published else None
    return RoleStatus(
        role,
        metadata.signed.version,
        metadata.signed.expires,
        tuple(sorted(key_name(key) for key in signed.values())),
        tuple(sorted(key_name(key) for key in unsigned.values())),
        missing,
        staged,
        sha256(metadata.signed_bytes).hexdigest(),
        live.signed.expires if live else None,
    )


def staged_metadata(folder: IndexFolder, role: str) -> Metadata[Any]:
    """A role's staged metadata."""
    return _signable(parse(folder.final(role), _KINDS.get(role, Targets), role), role)


def _signable(metadata: Metadata[Any], role: str) -> Metadata[Any]:
    try:
        _ = metadata.signed_bytes
    except RepositoryError as error:
        raise IntegrityError(f"the index's {role} metadata has a value that cannot be signed") from error
    return metadata


def delegators(folder: IndexFolder, role: str) -> list[Root | Targets]:
    """Whose word it takes that keys may sign for a role: the next root, for a new root the present one as well."""
    if role not in roles.TOP_LEVEL:
        return [folder.targets().signed]
    present = folder.published(roles.ROOT) if role == roles.ROOT and folder.staged_file(role) else None
    return [folder.root().signed, *([parse(present, Root, role).signed] if present else [])]


def signable_by(folder: IndexFolder, role: str) -> list[Root | Targets]:
    """By whose word a signature on a role means something to some client: `delegators`, and the present root."""
    present = folder.published(roles.ROOT) if role in roles.TOP_LEVEL and folder.staged_file(roles.ROOT) else None
    found = delegators(folder, role)
    return found if present is None or role == roles.ROOT else [*found, parse(present, Root, roles.ROOT).signed]


def entitled(folder: IndexFolder, role: str) -> list[str]:
    """The ids of the keys that may sign for a role.

    Raises:
        IntegrityError: nobody delegates to the role.
    """
    try:
        found = [each.get_delegated_role(role).keyids for each in signable_by(folder, role)]
    except ValueError as error:
        raise IntegrityError(f"'{folder.path}' has metadata of '{role}', to which no other role delegates") from error
    return list(dict.fromkeys(keyid for keyids in found for keyid in keyids))


def _count(folder: IndexFolder, role: str, metadata: Metadata[Any]) -> tuple[dict[str, Key], dict[str, Key], int]:
    """The keys that signed, those that may and have not, and how many signatures the strictest delegator misses."""
    results = _results(delegators(folder, role), role, metadata.signed_bytes, metadata.signatures)
    signed = {keyid: key for result in results for keyid, key in result.signed.items()}
    unsigned = {keyid: key for result in results for keyid, key in result.unsigned.items()}
    return signed, unsigned, max(max(0, result.threshold - len(result.signed)) for result in results)


def _results(
    by: Iterable[Root | Targets], role: str, data: bytes, signatures: dict[str, Signature]
) -> list[VerificationResult]:
    return [each.get_verification_result(role, data, signatures) for each in by]


def _valid(folder: IndexFolder, role: str, data: bytes, signatures: dict[str, Signature]) -> dict[str, Signature]:
    results = _results(signable_by(folder, role), role, data, signatures)
    return {keyid: each for keyid, each in signatures.items() if any(keyid in result.signed for result in results)}


def shortfall(roles_short: Iterable[RoleStatus]) -> str:
    """In words: which roles lack how many signatures, and whose would do."""
    return "; ".join(
        f"{role.role} lacks {role.missing} of {', '.join(role.unsigned) or 'keys that no one holds'}"
        for role in roles_short
    )
