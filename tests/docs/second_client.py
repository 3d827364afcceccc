"""A second client, written from docs/formats/ alone: it proves that the documents suffice. Never imports zoopkg.

`python second_client.py INDEX ROOT SPEC FOLDER` installs a pack from an index folder into FOLDER/zoo and writes
FOLDER/zoo.lock. It asks one mirror, keeps no trusted state, no store and no other lock, and chooses for one pack whose
releases require nothing. Section names in the comments are those of docs/formats/.
"""

import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard
from blake3 import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

MIB = 1 << 20
HEX = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {d + n for d in ("com", "lpt") for n in "0123456789¹²³"}


class RefusedError(Exception):
    """A check of the formats failed."""


# What a document that breaks its format ends in, too.
REFUSALS = (RefusedError, ValueError, KeyError, TypeError, zstandard.ZstdError)


def check(holds: object, why: str) -> None:
    if not holds:
        raise RefusedError(why)


# basics.md


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def no_float(text: str) -> None:
    raise RefusedError(f"the number {text}")


def depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def decode(data: bytes) -> Any:
    value = json.loads(data.decode(), parse_float=no_float, parse_constant=no_float)
    check(canonical(value) == data and depth(value) <= 64, "not canonical JSON")
    return value


def check_schema(value: dict[str, Any], kind: str) -> None:
    name, _, number = value["schema"].partition("/")
    check(name == kind and number.isdigit() and int(number) <= 1, f"{value['schema']} is not {kind}/1")


def pack_name(text: str) -> tuple[str, str]:
    namespace, slash, name = text.rpartition("/")
    namespace = namespace if slash else "zoo"
    for part in (namespace, name):
        check(len(part) <= 64 and NAME.fullmatch(part) and part not in RESERVED, f"{text} is no name")
    return namespace, name


def check_path(path: str) -> None:
    check(path and len(path.encode()) <= 1000, "path length")
    check(unicodedata.is_normalized("NFC", path), "path not NFC")
    check(not re.search(r'[\x00-\x1f\x7f-\x9f<>:"|?*\\]', path), "path character")
    for part in path.split("/"):
        check(part not in ("", ".", "..") and len(part.encode()) <= 200 and part[-1] not in ". ", "path part")
        check(part.partition(".")[0].rstrip(" ").casefold() not in RESERVED, "reserved name")
        check(not any(unicodedata.category(c) in ("Cf", "Co", "Cs", "Zl", "Zp") for c in part), "invisible character")


def collision_key(path: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def numbers(version: str) -> tuple[int, ...]:
    check(re.fullmatch(r"\d+\.\d+\.\d+", version), f"{version} is beyond this client")
    return tuple(int(part) for part in version.split("."))


def allows(requirement: str, version: str) -> bool:
    """`^` and `=` with one to three numbers, above 1.0.0: what the command line makes of `@1` and `@1.2.3`."""
    wanted = tuple(int(part) for part in requirement[1:].split("."))
    if requirement[0] == "=":
        return numbers(version)[: len(wanted)] == wanted
    return numbers(version)[0] == wanted[0] and numbers(version) >= wanted


# index.md


def signed_form(value: object) -> str:
    """What is signed: as `canonical`, but that a text has its control characters as they are."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{signed_form(key)}:{signed_form(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(signed_form, value)) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return canonical(value).decode()


def is_signature(key: dict[str, Any], signature: bytes, data: bytes) -> bool:
    """Whether a key of one of the three kinds made this signature of the data."""
    kind, text = (key["keytype"], key["scheme"]), key["keyval"]["public"]
    try:
        if kind == ("ed25519", "ed25519"):
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(text)).verify(signature, data)
            return True
        public = load_pem_public_key(text.encode())
        if kind == ("ecdsa", "ecdsa-sha2-nistp256") and isinstance(public, EllipticCurvePublicKey):
            check(isinstance(public.curve, SECP256R1), "another curve")
            public.verify(signature, data, ECDSA(SHA256()))
            return True
        if kind == ("rsa", "rsassa-pss-sha256") and isinstance(public, RSAPublicKey):
            public.verify(signature, data, PSS(MGF1(SHA256()), PSS.AUTO), SHA256())
            return True
    except (InvalidSignature, ValueError):
        pass
    return False


class Index:
    """An index folder, trusted by TUF's client workflow from the bytes of a root."""

    def __init__(self, folder: Path, root: bytes, now: datetime) -> None:
        self.folder, self.now = folder, now
        self.root = json.loads(root)["signed"]
        self._verify(json.loads(root), "root", self.root)
        while newer := self._maybe(f"{self.root['version'] + 1}.root.json", 512_000):
            document = json.loads(newer)
            self._verify(document, "root", self.root)
            self._verify(document, "root", document["signed"])
            check(document["signed"]["version"] == self.root["version"] + 1, "root version")
            self.root = document["signed"]
        self._fresh(self.root)
        timestamp = self._role("timestamp.json", "timestamp", None, 16_384)
        self.snapshot = self._role("snapshot", "snapshot", timestamp["meta"]["snapshot.json"], 32 * MIB)
        self.targets = self._role("targets", "targets", self.snapshot["meta"]["targets.json"], 32 * MIB)

    def _maybe(self, name: str, limit: int) -> bytes | None:
        path = self.folder / name
        if not path.is_file():
            return None
        check(path.stat().st_size <= limit, f"{name} is too large")
        return path.read_bytes()

    def _have(self, name: str, limit: int) -> bytes:
        data = self._maybe(name, limit)
        check(data is not None, f"{name} is missing")
        assert data is not None
        return data

    def _role(self, name: str, role: str, stated: dict[str, Any] | None, limit: int) -> dict[str, Any]:
        file = f"{stated['version']}.{name}.json" if stated else name
        data = self._have(file, limit)
        if stated:
            check(len(data) == stated["length"], "length")
            check(hashlib.sha256(data).hexdigest() == stated["hashes"]["sha256"], "sha256")
        document = json.loads(data)
        self._verify(document, role, self.targets["delegations"] if role.startswith("ns-") else self.root)
        signed: dict[str, Any] = document["signed"]
        check(stated is None or signed["version"] == stated["version"], "version")
        check(signed["_type"] == ("targets" if role.startswith("ns-") else role), "type")
        self._fresh(signed)
        return signed

    def _fresh(self, signed: dict[str, Any]) -> None:
        expires = datetime.strptime(signed["expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        check(expires > self.now, "expired")

    def _verify(self, document: dict[str, Any], role: str, delegator: dict[str, Any]) -> None:
        roles = delegator["roles"]
        entry = roles[role] if isinstance(roles, dict) else next(each for each in roles if each["name"] == role)
        signed = signed_form(document["signed"]).encode()
        good = set()
        for signature in document["signatures"]:
            key = delegator["keys"].get(signature["keyid"])
            known = signature["keyid"] in entry["keyids"] and key
            if known and is_signature(key, bytes.fromhex(signature["sig"]), signed):
                good.add(signature["keyid"])
        check(len(good) >= entry["threshold"], f"{role} lacks signatures")

    def document(self, path: str, limit: int) -> Any:
        """A target: its file is `<sha256>.<last part>`, whichever role lists it."""
        role = self.targets
        if "/" in path:
            name = f"ns-{path.partition('/')[0]}"
            check(f"{name}.json" in self.snapshot["meta"], f"there is no namespace for {path}")
            role = self._role(name, name, self.snapshot["meta"][f"{name}.json"], 32 * MIB)
        stated = role["targets"].get(path)
        check(stated, f"the index has no {path}")
        check(stated["length"] <= limit, "length")
        data = self._have(f"{stated['hashes']['sha256']}.{path.rpartition('/')[2]}", stated["length"])
        check(len(data) == stated["length"], "length")
        check(hashlib.sha256(data).hexdigest() == stated["hashes"]["sha256"], "sha256")
        return decode(data)


# blobs.md, bundle.md


def blob(mirror: Path, stated: dict[str, Any], kind: str) -> bytes:
    data = (mirror / f"{stated['b3']}.{kind}").read_bytes()
    check(len(data) == stated["size"] and blake3(data).hexdigest() == stated["b3"], f"wrong bytes of a {kind}")
    return data


def unfold(frame: bytes, limit: int, size: int | None = None) -> bytes:
    """One zstd frame that states its content size, no window over 8 MiB, nothing after it."""
    announced = zstandard.get_frame_parameters(frame).content_size
    check(announced <= limit and size in (None, announced), "content size")
    decompressor = zstandard.ZstdDecompressor(max_window_size=8 * MIB).decompressobj()
    data = decompressor.decompress(frame)
    check(decompressor.eof and not decompressor.unused_data and len(data) == announced, "not one whole frame")
    return data


# manifest.md


def read_manifest(data: bytes, release: dict[str, Any], name: str) -> list[dict[str, Any]]:
    text = unfold(data, 8 << 30)
    check(text.endswith(b"\n"), "cut in a line")
    lines = text[:-1].split(b"\n")
    check(all(len(line) <= 65_536 for line in lines), "line too long")
    header, *instances = [decode(line) for line in lines]
    check_schema(header, "manifest")
    check((header["name"], header["version"]) == (name, release["version"]), "another manifest")
    files: set[str] = set()
    folders: set[str] = set()
    for instance in instances:
        check(instance.keys() <= {"digest", "facets", "license", "note", "path", "size"}, "unknown field")
        check(HEX.fullmatch(instance["digest"]) and 0 <= instance["size"] <= 1 << 40, "digest or size")
        check_path(instance["path"])
        key = collision_key(instance["path"])
        above = {key[:i] for i, c in enumerate(key) if c == "/"}
        check(key not in files and key not in folders and not above & files, "two paths are one file somewhere")
        files.add(key)
        folders |= above
    paths = [instance["path"] for instance in instances]
    check(paths == sorted(set(paths)), "order")
    check((header["count"], header["bytes"]) == (len(paths), sum(each["size"] for each in instances)), "count or sum")
    check("b3:" + blake3(text).hexdigest() == release["content"], "another identity")
    return instances


# layout.md


def blocks(data: bytes, wanted: set[str]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each block that holds a wanted content, with the bundle that it is in."""
    lines = iter(unfold(data, 4 << 30)[:-1].split(b"\n"))
    header = json.loads(next(lines))
    check_schema(header, "layout")
    for _ in range(header["bundles"]):
        line = json.loads(next(lines))
        for _ in range(line["blocks"]):
            block = json.loads(next(lines))
            check(block["offset"] + block["length"] <= line["bundle"]["size"], "past the end of the bundle")
            if any(digest in wanted for digest, _, _ in block["members"]):
                yield line["bundle"], block
    check(next(lines, None) is None, "more lines than announced")


def install(index: Path, root: Path, spec: str, folder: Path, now: datetime) -> dict[str, Any]:
    """README.md, "From `ct-basic@1` to bytes", step by step; returns the release."""
    text, _, wanted = spec.partition("@")
    requirement = ("=" if wanted.count(".") == 2 else "^") + wanted
    namespace, short = pack_name(text)
    name = f"{namespace}/{short}"
    trusted = Index(index, root.read_bytes(), now)
    revoked = trusted.document(f"{namespace}/_revoked.json", 16 * MIB)
    check_schema(revoked, "revoked")
    record = trusted.document(f"{name}.json", 16 * MIB)
    check_schema(record, "record")
    check(record["name"] == name, "the record of another pack")
    chosen = [each for each in record["releases"] if allows(requirement, each["version"]) and not each.get("yanked")]
    check(chosen, f"no version is {requirement}")
    release: dict[str, Any] = max(chosen, key=lambda each: numbers(each["version"]))
    check(not release["requires"], "this client resolves one pack only")
    instances = read_manifest(blob(index, release["manifest"], "manifest"), release, name)
    check(release["content"] not in revoked["manifests"], "withdrawn")
    check(not any("b3:" + each["digest"] in revoked["instances"] for each in instances), "withdrawn")
    contents = fetch(index, release, {each["digest"]: each["size"] for each in instances})
    place(folder / "zoo" / (short if namespace == "zoo" else f"@{namespace}/{short}"), instances, contents)
    (folder / "zoo.lock").write_bytes(lock(name, release, requirement))
    return release


def fetch(mirror: Path, release: dict[str, Any], sizes: dict[str, int]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for bundle, block in blocks(blob(mirror, release["layout"], "layout"), set(sizes)):
        with (mirror / f"{bundle['b3']}.bundle").open("rb") as file:
            file.seek(block["offset"])
            data = unfold(file.read(block["length"]), block["size"], block["size"])
        for digest, start, size in block["members"]:
            if digest in sizes:
                member = data[start : start + size]
                check(size == sizes[digest] and blake3(member).hexdigest() == digest, f"wrong bytes for {digest}")
                contents[digest] = member
    check(contents.keys() == sizes.keys(), "the layout is incomplete")
    return contents


def place(folder: Path, instances: list[dict[str, Any]], contents: dict[str, bytes]) -> None:
    for instance in instances:
        path = folder / instance["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(contents[instance["digest"]])
        path.chmod(0o444)


# lock.md


def lock(name: str, release: dict[str, Any], requirement: str) -> bytes:
    lines = [
        "# zoopkg writes this file; commit it, and do not edit it by hand.",
        "version = 1",
        "",
        "[[pack]]",
        f'name = "{name}"',
        f'version = "{release["version"]}"',
        'index = "zoo"',
        f'content = "{release["content"]}"',
        f'manifest = "b3:{release["manifest"]["b3"]}"',
        f'layout = "b3:{release["layout"]["b3"]}"',
        f"instances = {release['instances']}",
        f"bytes = {release['bytes']}",
        f'license = "{release["license"]}"',
        "",
        "[[root]]",
        f'name = "{name}"',
        f'requires = "{requirement}"',
        "",
    ]
    return "\n".join(lines).encode()


if __name__ == "__main__":
    source, trust, asked, target = sys.argv[1:]
    done = install(Path(source), Path(trust), asked, Path(target), datetime.now(UTC))
    sys.stdout.write(f"installed {done['instances']} instances of {asked}, {done['content']}\n")
