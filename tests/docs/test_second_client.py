"""A client written from docs/formats/ alone installs what zoopkg published: the starter index, to the byte."""

import ast
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import second_client
import zstandard
from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pages import ROOT
from securesystemslib.signer import SSlibKey

from zoopkg.index import ceremony
from zoopkg.index.keys import write_public
from zoopkg.index.roles import Dates, RoleKeys
from zoopkg.model.names import check_path, collision_key
from zoopkg.model.version import Requirement, parse_version

INDEX = ROOT / "index"


def now() -> datetime:
    return datetime.now(UTC)


def test_it_shares_no_code_with_zoopkg() -> None:
    tree = ast.parse(Path(second_client.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(name.split(".")[0] in ("zoopkg", "tuf", "securesystemslib") for name in imported)


def test_it_installs_ct_basic_to_the_byte(tmp_path: Path) -> None:
    release = second_client.install(INDEX, INDEX / "1.root.json", "ct-basic@1", tmp_path, now())
    manifest = zstandard.decompress((INDEX / f"{release['manifest']['b3']}.manifest").read_bytes())
    wanted = {each["path"]: each["digest"] for each in map(json.loads, manifest.splitlines()[1:])}
    placed = [path for path in (tmp_path / "zoo/ct-basic").rglob("*") if path.is_file()]
    assert len(wanted) == release["instances"]
    assert {
        path.relative_to(tmp_path / "zoo/ct-basic").as_posix(): blake3(path.read_bytes()).hexdigest() for path in placed
    } == wanted


@pytest.mark.parametrize(
    "kind", ["timestamp.json", "2.snapshot.json", "*.manifest", "*.layout", "*.bundle", "*.ct-basic.json"]
)
def test_it_refuses_a_flipped_byte(kind: str, tmp_path: Path) -> None:
    index = tmp_path / "index"
    shutil.copytree(INDEX, index, ignore=lambda _, names: [n for n in names if n in ("packs", "staged")])
    files = sorted(index.glob(kind))
    assert files
    for file in files:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    with pytest.raises(second_client.REFUSALS):
        second_client.install(index, index / "1.root.json", "ct-basic@1", tmp_path, now())
    assert not (tmp_path / "zoo.lock").exists()


@pytest.mark.parametrize(
    "path", ["a/../b", "/a", "a//b", "con.txt", "a.", "LPT¹", "a\\b", "e\u0301", "a\u200bb", "x" * 201, "a:b", ""]
)
def test_both_refuse_the_same_paths(path: str) -> None:
    with pytest.raises(second_client.RefusedError):
        second_client.check_path(path)
    with pytest.raises(Exception, match="path"):
        check_path(path)


@pytest.mark.parametrize("path", ["Straße/ﬁle.dcm", "Ä.dcm", "①/x", "plain.dcm", "İ"])
def test_both_have_the_same_collision_keys(path: str) -> None:
    second_client.check_path(path)
    assert second_client.collision_key(path) == collision_key(check_path(path))


@pytest.mark.parametrize("requirement", ["^1", "^1.2", "^1.2.3", "=1", "=1.2", "=1.2.3"])
@pytest.mark.parametrize("version", ["1.0.0", "1.2.2", "1.2.3", "1.2.4", "1.3.0", "2.0.0"])
def test_both_read_requirements_alike(requirement: str, version: str) -> None:
    assert second_client.allows(requirement, version) == Requirement.parse(requirement).allows(parse_version(version))


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_it_takes_signatures_of_every_kind_of_key(kind: str, tmp_path: Path) -> None:
    """By keys of tokens and services, whose PEM is in what is signed with its line feeds."""
    private = ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else rsa.generate_private_key(65537, 2048)
    keys = tmp_path / "keys"
    keys.mkdir()
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (keys / "ann.pem").write_bytes(private.private_bytes(*plain))
    write_public(keys, "ann", SSlibKey.from_crypto(private.public_key()))
    everywhere = dict.fromkeys(("root", "targets", "snapshot", "timestamp", "ns-zoo"), RoleKeys(("ann",)))
    ceremony.init(tmp_path / "idx", keys, Dates(now()), signers=everywhere)
    first = tmp_path / "idx/1.root.json"
    trusted = second_client.Index(tmp_path / "idx", first.read_bytes(), now())
    assert trusted.document("zoo/_catalog.json", 1 << 20)["packs"] == []
    signature = json.loads(first.read_bytes())["signatures"][0]["sig"]
    first.write_bytes(first.read_bytes().replace(signature[-16:].encode(), b"0" * 16))
    with pytest.raises(second_client.RefusedError, match="root lacks signatures"):
        second_client.Index(tmp_path / "idx", first.read_bytes(), now())
