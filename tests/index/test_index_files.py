"""Keys, places and plain files of an index: small promises, each kept."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from maintained import Maintained

from zoopkg.errors import FormatError, IntegrityError, UsageError, ZooError
from zoopkg.index import roles
from zoopkg.index.files import read_file, write_file
from zoopkg.index.keys import key_name, keygen, read_keys
from zoopkg.index.location import is_folder, is_url, locate
from zoopkg.index.revoked import read_revocations


def test_a_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    public = keygen(tmp_path / "keys", "ann")
    private = tmp_path / "keys" / "ann.pem"
    if os.name == "posix":
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
        assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700
    before = private.read_bytes()
    with pytest.raises(UsageError, match="has a key 'ann' already"):
        keygen(tmp_path / "keys", "ann")
    public.unlink()
    with pytest.raises(UsageError, match="already"):
        keygen(tmp_path / "keys", "ann")
    assert private.read_bytes() == before


def test_private_keys_are_kept_out_of_version_control(tmp_path: Path) -> None:
    keygen(tmp_path / "keys", "ann")
    keygen(tmp_path / "keys", "bo")
    assert (tmp_path / "keys" / ".gitignore").read_text() == "*\n"
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "zoo.toml").touch()
    keygen(tmp_path / "project", "ann")
    assert (tmp_path / "project" / ".gitignore").read_text() == "*.pem\n"
    (tmp_path / "keys" / ".gitignore").write_text("mine\n")
    keygen(tmp_path / "keys", "eve")
    assert (tmp_path / "keys" / ".gitignore").read_text() == "mine\n"


def test_keys_read_back(tmp_path: Path) -> None:
    keygen(tmp_path, "ann")
    ring = read_keys(tmp_path)
    assert key_name(ring.public["ann"]) == "ann"
    assert list(ring.signers) == [ring.public["ann"].keyid]
    assert read_keys(None).signers == {}
    assert read_keys(tmp_path / "nowhere").public == {}


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a/b", "a\\b", "a b", "nul\0"])
def test_names_that_no_key_may_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a key"):
        keygen(tmp_path, name)


def test_files_that_are_no_keys(tmp_path: Path) -> None:
    keygen(tmp_path, "ann")
    keygen(tmp_path, "bo")
    (tmp_path / "ann.pub.json").write_bytes((tmp_path / "bo.pub.json").read_bytes())
    with pytest.raises(UsageError, match="does not fit the public key beside it"):
        read_keys(tmp_path)
    (tmp_path / "ann.pub.json").write_bytes(b'{"keyval":{"public":"00"}}')
    with pytest.raises(UsageError, match="not a public key"):
        read_keys(tmp_path)
    (tmp_path / "ann.pub.json").unlink()
    (tmp_path / "ann.pem").write_bytes(b"-----BEGIN NOTHING-----")
    with pytest.raises(UsageError, match="not a private key"):
        read_keys(tmp_path)


def test_an_index_folder_that_holds_its_root_is_all_it_takes(index: Maintained, tmp_path: Path) -> None:
    location = locate(str(index.idx))
    assert location.root == (index.idx / "1.root.json").read_bytes()
    assert location.urls == (index.idx.as_uri(),)
    assert len(location.root_sha256) == 64
    assert locate("https://zoo.example/index/", index.idx / "1.root.json").urls == ("https://zoo.example/index/",)
    with pytest.raises(UsageError, match="needs a root") as caught:
        locate("https://zoo.example/index/")
    assert "--root FILE" in caught.value.hint
    with pytest.raises(UsageError, match="no root file"):
        locate("https://zoo.example/index/", tmp_path / "absent.json")
    with pytest.raises(UsageError, match="neither an index that is known"):
        locate(str(tmp_path / "absent"))
    with pytest.raises(UsageError, match="holds no published index"):
        locate(str(tmp_path))
    (index.idx / "1.root.json").unlink()
    with pytest.raises(UsageError, match=r"does not hold its root, 1\.root\.json"):
        locate(str(index.idx))


def test_names_urls_and_folders_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert [is_url(text) for text in ("https://a/", "file:///a", "zoo", "./a")] == [True, True, False, False]
    assert [is_folder(text) for text in ("here", "idx/", "..", "zoo", "https://a/")] == [True, True, True, False, False]


def test_file_names_of_roles() -> None:
    assert roles.metadata_file("ns-zoo", 7) == "7.ns-zoo.json"
    assert roles.metadata_file("timestamp", 7) == "timestamp.json"
    assert roles.target_file("zoo/ct-basic.json", "ab") == "ab.ct-basic.json"
    assert [roles.file_role(name) for name in ("7.ns-zoo.json", "timestamp.json")] == ["ns-zoo", "timestamp"]
    assert [roles.file_version(name) for name in ("7.ns-zoo.json", "timestamp.json", "ab.x.json")] == [7, 0, 0]
    assert roles.role_namespace("ns-zoo") == "zoo"
    assert roles.role_namespace("targets") is None


def test_a_file_is_flushed_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    rename = os.replace
    monkeypatch.setattr(os, "fsync", lambda _: done.append("flush"))
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append("rename"), rename(a, b)))
    write_file(tmp_path / "file", b"data")
    assert done == ["flush", "rename", "flush"][: 3 if os.name == "posix" else 2]


def test_reading_and_writing_say_what_went_wrong(tmp_path: Path) -> None:
    assert read_file(tmp_path / "absent", 9) is None
    (tmp_path / "large").write_bytes(b"0123456789")
    with pytest.raises(IntegrityError, match="more than 9 bytes"):
        read_file(tmp_path / "large", 9)
    with pytest.raises(ZooError, match="cannot be read"):
        read_file(tmp_path, 9)
    with pytest.raises(ZooError, match="cannot write"):
        write_file(tmp_path / "absent" / "file", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large"]


def test_a_damaged_list_of_withdrawals_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "revoked-zoo.json").write_bytes(b"{}")
    with pytest.raises(FormatError):
        read_revocations(tmp_path)


def test_what_every_install_imports_does_not_import_tuf() -> None:
    code = (
        "import sys, zoopkg.index.revoked, zoopkg.index.entry, zoopkg.index.catalog, zoopkg.index.location\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'tuf', 'securesystemslib', 'cryptography'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
