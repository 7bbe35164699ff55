"""The vault: what is sealed can be opened with its key, and with nothing else, whole and in its place."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from qa_service.errors import ConfigurationError, NotFoundError, ProcessingError
from qa_service.store.vault import Sealed, Vault

NEW, OLD = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
SHA = "ab" * 32


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.below(tmp_path / "vault", [NEW])


def test_sealed_and_opened(vault: Vault) -> None:
    sealed = vault.seal("کارت 4539".encode(), about="c-1")
    assert vault.open(sealed, about="c-1").decode() == "کارت 4539"
    assert b"4539" not in base64.b64decode(sealed.data)
    assert vault.seal(b"same", about="c-1").data != vault.seal(b"same", about="c-1").data


def test_what_is_about_something_else_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(b"x", about="c-1")
    with pytest.raises(ProcessingError, match="altered, or belongs to something else"):
        vault.open(sealed, about="c-2")
    raw = bytearray(base64.b64decode(sealed.data))
    raw[-1] ^= 1
    with pytest.raises(ProcessingError, match="altered"):
        vault.open(Sealed(key_id=sealed.key_id, data=base64.b64encode(raw).decode()), about="c-1")


def test_a_new_key_seals_and_the_old_one_opens(tmp_path: Path) -> None:
    before = Vault.below(tmp_path, [OLD]).seal(b"x", about="a")
    rotated = Vault.below(tmp_path, [NEW, OLD])
    assert rotated.open(before, about="a") == b"x"
    assert rotated.seal(b"y", about="a").key_id != before.key_id
    for keys in ([NEW], []):
        with pytest.raises(ConfigurationError, match=f"sealed with key {before.key_id}, which is not here") as caught:
            Vault.below(tmp_path, keys).open(before, about="a")
        assert caught.value.field == "QA_VAULT_KEY"


def test_off_without_a_key(tmp_path: Path) -> None:
    assert not Vault.below(tmp_path, []).on
    assert Vault.below(tmp_path, [NEW]).on


@pytest.mark.parametrize(
    ("key", "message"),
    [("not base64!", "not base64"), ("c2hvcnQ=", "the key has 5 bytes"), (NEW + NEW, "not base64|bytes"), ("é", "not base64")],
)
def test_a_key_that_is_none(tmp_path: Path, key: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Vault.below(tmp_path, [key])
    assert caught.value.field == "QA_VAULT_KEY"
    assert "openssl rand -base64 32" in str(caught.value)


def test_a_key_in_the_alphabet_of_web_addresses(tmp_path: Path) -> None:
    key = bytes(range(223, 255))
    plain, web = base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()
    assert plain != web
    assert Vault.below(tmp_path, [web]).open(Vault.below(tmp_path, [plain]).seal(b"x", about=""), about="") == b"x"


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_files(vault: Vault, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "a").write_bytes(data)
    vault.seal_file(tmp_path / "a", sha256=SHA)
    assert vault.holds_file(SHA)
    assert b"".join(vault.open_file(SHA)) == data
    (kept,) = (tmp_path / "vault").glob("??/*")
    assert size < 100 or data[:50] not in kept.read_bytes()
    assert vault.delete_file(SHA)
    assert not vault.delete_file(SHA)
    with pytest.raises(NotFoundError):
        vault.open_file(SHA)


@pytest.mark.parametrize("cut", ["a piece at the end", "a byte", "pieces exchanged"])
def test_a_file_that_was_tampered_with(vault: Vault, tmp_path: Path, cut: str) -> None:
    (tmp_path / "a").write_bytes(os.urandom(3 << 20))
    vault.seal_file(tmp_path / "a", sha256=SHA)
    (kept,) = (tmp_path / "vault").glob("??/*")
    data, piece, head = kept.read_bytes(), (1 << 20) + 16, 4 + 16 + 7
    if cut == "a byte":
        data = data[:-1]
    elif cut == "a piece at the end":
        data = data[:-piece]
    else:
        data = data[:head] + data[head + piece : head + 2 * piece] + data[head : head + piece] + data[head + 2 * piece :]
    kept.write_bytes(data)
    with pytest.raises(ProcessingError, match="altered"):
        list(vault.open_file(SHA))


def test_a_file_under_another_name(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"sound")
    vault.seal_file(tmp_path / "a", sha256=SHA)
    (kept,) = (tmp_path / "vault").glob("??/*")
    other = "cd" * 32
    (tmp_path / "vault" / "cd").mkdir()
    kept.rename(tmp_path / "vault" / "cd" / f"{other}.sealed")
    with pytest.raises(ProcessingError, match="belongs to something else"):
        list(vault.open_file(other))
