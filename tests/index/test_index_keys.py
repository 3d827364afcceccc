"""Keys that sign from elsewhere, encrypted files, variables, tokens, services; and keys of every kind."""

import base64
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from maintained import THEN, Maintained
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, CryptoSigner, Signer, SSlibKey
from servers import free_port

from zoopkg.errors import UsageError, ZooError
from zoopkg.index import ceremony, publisher, signing
from zoopkg.index.keys import KeySource, fingerprint, import_key, keygen, read_keys, read_public, write_public
from zoopkg.index.roles import RoleKeys
from zoopkg.index.verify import verify

PLAIN = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
KINDS = {
    "ed25519": Ed25519PrivateKey.generate,
    "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}


def never(what: str) -> str:
    pytest.fail(f"asked for {what}")


def put(folder: Path, name: str, private: object, passphrase: str = "") -> Path:
    """Lay a private key and its public part into a folder, as somebody who made it with other tools would."""
    folder.mkdir(exist_ok=True)
    protection = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path = folder / f"{name}.pem"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    write_public(folder, name, SSlibKey.from_crypto(private.public_key()))
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_an_index_signed_by_keys_of_this_kind(tmp_path: Path, kind: str) -> None:
    index = Maintained(tmp_path)
    put(index.keys, "ann", KINDS[kind]())
    everywhere = dict.fromkeys(("root", "targets", "snapshot", "timestamp", "ns-zoo"), RoleKeys(("ann",)))
    ceremony.init(index.idx, index.keys, index.dates, signers=everywhere)
    index.add()
    index.publish()
    assert verify(index.idx, THEN) == ()
    assert read_public(index.keys / "ann.pub.json").keytype == kind


@pytest.mark.parametrize(
    ("private", "why"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "is a key for ecdsa-sha2-nistp384"),
        (rsa.generate_private_key(65537, 1024), "RSA key of 1024 bits"),
    ],
    ids=["another curve", "short"],
)
def test_keys_that_no_client_would_take(tmp_path: Path, private: object, why: str) -> None:
    path = put(tmp_path / "keys", "ann", private)
    with pytest.raises(UsageError, match=why):
        read_public(tmp_path / "keys/ann.pub.json")
    with pytest.raises(UsageError, match=why):
        read_keys(KeySource(keys=(str(path),)))


def test_a_public_key_that_says_another_scheme_than_it_is_of(tmp_path: Path) -> None:
    put(tmp_path, "ann", KINDS["ecdsa"]())
    file = tmp_path / "ann.pub.json"
    for scheme in ("rsassa-pss-sha256", "ed25519", "ecdsa-sha2-nistp521"):
        file.write_bytes(file.read_bytes().replace(b"ecdsa-sha2-nistp256", scheme.encode()))
        with pytest.raises(UsageError, match=r"ann\.pub\.json"):
            read_public(file)
        put(tmp_path, "ann", KINDS["ecdsa"]())


def test_an_encrypted_key_signs_once_its_passphrase_is_told(index: Maintained, tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(what: str) -> str:
        asked.append(what)
        return "correct horse"

    desk = tmp_path / "desk"
    keygen(desk, "ann", "correct horse")
    assert b"ENCRYPTED" in (desk / "ann.pem").read_bytes()
    ceremony.rotate(index.idx, "ns-zoo", RoleKeys(("ann",)), desk, index.dates)
    signing.sign(index.idx, KeySource(desk, ask=ask))
    assert asked == [f"the passphrase of '{desk / 'ann.pem'}'"]
    publisher.publish(index.idx, index.keys, index.dates)
    assert verify(index.idx, THEN) == ()
    publisher.refresh(index.idx, KeySource(index.keys, ask=never), index.dates)


def test_nobody_is_asked_for_the_passphrase_of_a_key_that_has_nothing_to_sign(index: Maintained) -> None:
    keygen(index.keys, "ann", "correct horse")
    index.add(version="1.1.0")
    publisher.publish(index.idx, KeySource(index.keys, ask=never), index.dates)


def test_a_wrong_passphrase_and_nobody_to_ask(index: Maintained, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    keygen(desk, "ann", "correct horse")
    ceremony.rotate(index.idx, "ns-zoo", RoleKeys(("ann",)), desk, index.dates)
    with pytest.raises(UsageError, match=r"the passphrase does not open '.*ann\.pem'"):
        signing.sign(index.idx, KeySource(desk, ask=lambda _: "battery staple"))
    with pytest.raises(UsageError, match="nobody can be asked"):
        signing.sign(index.idx, desk)
    (desk / "ann.pub.json").unlink()
    with pytest.raises(UsageError, match="does not open"):
        read_keys(KeySource(keys=(str(desk / "ann.pem"),), ask=lambda _: "battery staple"))


def test_a_private_key_of_another_than_the_public_one(index: Maintained, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    keygen(desk, "ann")
    public = read_public(desk / "ann.pub.json")
    put(desk, "ann", Ed25519PrivateKey.generate(), "secret")
    write_public(desk, "ann", public)
    ceremony.rotate(index.idx, "ns-zoo", RoleKeys(("ann",)), desk, index.dates)
    with pytest.raises(UsageError, match="does not fit the public key beside it"):
        signing.sign(index.idx, KeySource(desk, ask=lambda _: "secret"))
    assert signing.status(index.idx).short[0].signed == ()


@pytest.mark.parametrize("form", ["PEM", "seed", "encrypted PEM"])
def test_a_key_in_a_variable(index: Maintained, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    private = Ed25519PrivateKey.generate()
    put(index.keys, "ann", private)
    (index.keys / "ann.pem").unlink()
    seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    encrypted = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    value = {
        "PEM": private.private_bytes(*PLAIN),
        "seed": base64.b64encode(seed) + b"\n",
        "encrypted PEM": private.private_bytes(*encrypted),
    }[form].decode()
    monkeypatch.setenv("ONLINE_KEY", value)
    ceremony.rotate(index.idx, "ns-zoo", RoleKeys(("ann",)), index.keys, index.dates)
    status = signing.sign(index.idx, KeySource(keys=("env:ONLINE_KEY",), ask=lambda _: "secret"))
    assert next(role for role in status.roles if role.role == "ns-zoo").signed == ("ann",)


@pytest.mark.parametrize("value", ["", "c2hvcnQ=", "no base64, nor PEM", "-----BEGIN PRIVATE KEY-----\nsecret\n"])
def test_a_variable_that_holds_no_key_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ONLINE_KEY", value)
    with pytest.raises(UsageError, match="ONLINE_KEY") as caught:
        read_keys(KeySource(keys=("env:ONLINE_KEY",)))
    shown = f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert not value or not any(part in shown for part in (value, "c2hvcnQ", "secret"))


def test_keys_that_are_named_and_not_there(tmp_path: Path) -> None:
    for text, why in {
        str(tmp_path / "no.pem"): "there is no key",
        f"file2:{tmp_path}/no.pem": "there is no key",
        "env:SURELY_NOT_SET": "SURELY_NOT_SET",
        "sigstore:": "no key can be used by 'sigstore:'",
        "gnupg:abc": "no key can be used by",
    }.items():
        with pytest.raises(UsageError, match=why):
            read_keys(KeySource(keys=(text,)))
    with pytest.raises(UsageError, match="cannot tell its public key"):
        import_key(tmp_path, "ann", "tkey:", None)
    (tmp_path / "bo.uri").write_text("awskms:alias/zoo\n")
    with pytest.raises(UsageError, match="no public key beside it"):
        read_keys(tmp_path)


def test_a_file_by_its_uri(index: Maintained) -> None:
    index.add(version="1.1.0")
    (index.keys / "ns-zoo.pem").rename(index.keys.parent / "away.pem")
    index.add(version="1.2.0")
    status = signing.sign(index.idx, KeySource(keys=(f"file2:{index.keys.parent / 'away.pem'}",)))
    assert status.short == ()


class Toy(CryptoSigner):
    """A signer by a URI of its own that cannot tell which key it holds, as somebody may register one."""

    held: Ed25519PrivateKey

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri: str, public_key: SSlibKey, secrets_handler: object = None) -> Signer:
        if public_key.keytype != "ed25519":
            raise ValueError("a toy takes ed25519 alone")
        signer = CryptoSigner(cls.held)
        if secrets_handler("PIN") != "1234":
            raise OSError("\x1b[31mwrong PIN")
        return signer


@pytest.fixture
def toy(index: Maintained, monkeypatch: pytest.MonkeyPatch) -> Maintained:
    """An index whose online roles are signed by a toy's key, the only ed25519 key that it knows."""
    Toy.held = Ed25519PrivateKey.generate()
    monkeypatch.setitem(SIGNER_FOR_URI_SCHEME, "toy", Toy)
    put(index.keys, "toy", Toy.held)
    (index.keys / "toy.pem").unlink()
    return index


def test_a_key_of_a_scheme_that_zoopkg_does_not_know(toy: Maintained) -> None:
    (toy.keys / "toy.uri").write_text("toy:7\n")
    ceremony.rotate(toy.idx, "timestamp", RoleKeys(("toy",)), toy.keys, toy.dates)
    with pytest.raises(ZooError, match=r"the key 'toy:7' cannot be used: .*wrong PIN") as caught:
        publisher.publish(toy.idx, KeySource(toy.keys, ask=lambda _: "0000"), toy.dates)
    assert "\x1b" not in caught.value.message
    publisher.publish(toy.idx, KeySource(toy.keys, ask=lambda _: "1234"), toy.dates)
    assert verify(toy.idx, THEN) == ()


def test_a_signature_by_another_key_than_it_should_be_is_not_taken(toy: Maintained) -> None:
    (toy.keys / "toy.uri").write_text("toy:7\n")
    ceremony.rotate(toy.idx, "ns-zoo", RoleKeys(("toy",)), toy.keys, toy.dates)
    Toy.held = Ed25519PrivateKey.generate()
    with pytest.raises(ZooError, match="the key 'toy:7' cannot be used"):
        signing.sign(toy.idx, KeySource(toy.keys, ask=lambda _: "1234"))
    assert signing.status(toy.idx).short[0].role in {"ns-zoo", "targets"}


def test_a_uri_alone_must_fit_one_key_that_the_index_knows(toy: Maintained) -> None:
    ceremony.rotate(toy.idx, "ns-zoo", RoleKeys(("toy",)), toy.keys, toy.dates)
    with pytest.raises(UsageError, match="'toy:7' is none of those that may sign here"):
        signing.sign(toy.idx, KeySource(keys=("toy:7",), ask=lambda _: "1234"))


# Real parts: a software token with PKCS #11, and a server that speaks the KMS protocol.

_LIBRARIES = [Path(folder, "softhsm/libsofthsm2.so") for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib")]
SOFTHSM = next((str(path) for path in _LIBRARIES if path.exists()), "")


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A software token with an ECDSA key; the URI that leads to it."""
    pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 speaks to tokens: securesystemslib[hsm]")
    if not SOFTHSM or not shutil.which("softhsm2-util"):
        pytest.skip("SoftHSM is not installed")
    (tmp_path / "tokens").mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    monkeypatch.setenv("PYKCS11LIB", SOFTHSM)
    made = ["softhsm2-util", "--init-token", "--free", "--label", "zoo", "--pin", "1234", "--so-pin", "1234"]
    subprocess.run(made, check=True, capture_output=True)
    library = pkcs11.lib(SOFTHSM)
    library.reinitialize()
    from pkcs11.util.ec import encode_named_curve_parameters

    with library.get_token(token_label="zoo").open(rw=True, user_pin="1234") as session:
        attributes = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        curve = session.create_domain_parameters(pkcs11.KeyType.EC, attributes, local=True)
        curve.generate_keypair(store=True, id=b"\x02", label="zoo")
    return "hsm:2?label=zoo"


def pin(what: str) -> str:
    assert what == "pin"
    return "1234"


def signed_by(index: Maintained, source: KeySource) -> None:
    """The namespace changes hands to `token`, which then signs a release."""
    ceremony.rotate(index.idx, "ns-zoo", RoleKeys(("token",)), index.keys, index.dates)
    publisher.publish(index.idx, KeySource(index.keys, source.keys, source.ask), index.dates)
    (index.keys / "token.uri").unlink()
    index.add(version="1.1.0")
    assert [role.role for role in signing.status(index.idx).short] == ["ns-zoo"]
    signing.sign(index.idx, source)
    index.publish()
    assert verify(index.idx, THEN) == ()


def test_a_hardware_token(index: Maintained, token: str) -> None:
    public = read_public(import_key(index.keys, "token", token, pin))
    assert public.scheme == "ecdsa-sha2-nistp256"
    assert (index.keys / "token.uri").read_text() == "hsm:2?label=zoo\n"
    signed_by(index, KeySource(keys=(token,), ask=pin))
    with pytest.raises(ZooError, match=r"the key 'hsm:2.label=no' cannot be used: No PKCS#11 token found"):
        read_keys(KeySource(keys=("hsm:2?label=no",), ask=pin))


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """A key management service; makes a key by its specification and gives its URI."""
    boto3 = pytest.importorskip("boto3", reason="securesystemslib[awskms] speaks to key management services")
    server_of = pytest.importorskip("moto.server", reason="moto[server] plays the service")
    # The service signs what it is told is a digest; moto would hash that once more.
    digest, utils = Prehashed(SHA256()), pytest.importorskip("moto.kms.utils")
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
    monkeypatch.setattr(
        utils.ECDSAPrivateKey, "sign", lambda key, message, _: key.private_key.sign(message, ec.ECDSA(digest))
    )
    monkeypatch.setattr(utils.RSAPrivateKey, "sign", lambda key, message, _: key.private_key.sign(message, pss, digest))
    port = free_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    client = boto3.client("kms")

    def make(spec: str) -> str:
        key = client.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        return f"awskms:{key}"

    yield make
    server.stop()


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "RSA_2048"])
def test_a_key_management_service(index: Maintained, kms: Callable[[str], str], spec: str) -> None:
    uri = kms(spec)
    import_key(index.keys, "token", uri, None)
    signed_by(index, KeySource(keys=(uri,)))
    with pytest.raises(UsageError, match="none of those that may sign here"):
        signing.sign(index.idx, KeySource(keys=(kms(spec),)))
    with pytest.raises(ZooError, match="the key 'awskms:none' cannot be used"):
        read_keys(KeySource(keys=("awskms:none",)))


def test_a_library_that_is_missing_is_named() -> None:
    code = (
        "import sys; sys.modules['boto3'] = None; sys.modules['hvac'] = None\n"
        "from zoopkg.index.signers import public_at\n"
        "from zoopkg.errors import ZooError\n"
        "for uri in ('awskms:1', 'hashivault:zoo/1'):\n"
        "    try: public_at(uri, None)\n"
        "    except ZooError as error: print(error.exit_code, error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "1 python -m pip install 'securesystemslib[awskms]'",
        "1 python -m pip install 'securesystemslib[vault]'",
    ]


@pytest.mark.parametrize(
    ("uri", "signer", "arguments"),
    [
        ("gcpkms:projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1", "GCPSigner", None),
        ("azurekms://zoo.vault.azure.net/keys/online/7", "AzureSigner", ("zoo", "online")),
        ("hashivault:online/1", "VaultSigner", ("online",)),
    ],
)
def test_what_services_that_cannot_be_had_here_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str, signer: str, arguments: tuple[str, ...] | None
) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    asked = []

    def answer(*given: str) -> tuple[str, SSlibKey]:
        asked.append(given)
        return uri, SSlibKey.from_crypto(private.public_key())

    monkeypatch.setattr(f"zoopkg.index.signers.{signer}.import_", answer)
    public = read_public(import_key(tmp_path, "ann", uri, None))
    assert asked == [arguments or (uri.partition(":")[2],)]
    assert (tmp_path / "ann.uri").read_text().strip() == uri
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert public.keyval == {"public": pem}


def test_the_id_of_a_key_is_that_of_the_tuf_libraries(tmp_path: Path) -> None:
    for kind, make in KINDS.items():
        put(tmp_path, kind, make())
        public = read_public(tmp_path / f"{kind}.pub.json")
        assert fingerprint(public) == public.keyid
