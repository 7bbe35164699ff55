"""Blobs: files by key, on disk and in an object store (a real server that speaks S3), open and sealed."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_service.errors import ConfigurationError, ProcessingError, StorageError
from qa_service.store.blobs import Blobs, LocalBlobs
from qa_service.store.object_blobs import ObjectBlobs, ObjectStore
from qa_service.store.scratch import Scratch
from qa_service.store.sealed_blobs import SealedBlobs
from qa_service.store.sealing import PIECE, Keyring

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(32)).decode()
#: More than a part of an upload, and no whole number of pieces.
LARGE = os.urandom(64) * (1 << 18) + b"end"


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "unfinished")


@pytest.fixture(params=["disk", "store", "disk, sealed", "store, sealed"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, scratch: Scratch) -> Blobs:
    kind: str = request.param
    if kind.startswith("disk"):
        found: Blobs = LocalBlobs(tmp_path)
    else:
        server: str = request.getfixturevalue("object_server")
        found = ObjectBlobs(where(server, request.getfixturevalue("bucket")), scratch=scratch)
    return SealedBlobs(found, Keyring([KEY], field="K"), scratch=scratch) if kind.endswith("sealed") else found


def where(server: str, bucket: str, **changes: object) -> ObjectStore:
    told = {"url": f"s3://{bucket}/qa", "endpoint": server, "access_key": "somebody", "secret_key": "a secret", **changes}
    return ObjectStore.model_validate(told)


@pytest.fixture
def put(scratch: Scratch) -> Callable[[Blobs, str, bytes], None]:
    def act(blobs: Blobs, key: str, data: bytes) -> None:
        file = scratch.folder / "whole"
        file.write_bytes(data)
        blobs.put(key, file)
        assert not file.exists()

    return act


Put = Callable[[Blobs, str, bytes], None]


@pytest.mark.parametrize("data", [b"", b"x", bytes(PIECE), bytes(PIECE) + b"1", LARGE], ids=len)
def test_what_is_kept_comes_back(blobs: Blobs, put: Put, data: bytes) -> None:
    put(blobs, "ab/cd", data)
    found = blobs.get("ab/cd")
    assert found is not None
    assert (found.size, b"".join(found.read())) == (len(data), data)
    with found.local() as path:
        assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 1), (5, 5), (PIECE - 1, PIECE + 1), (PIECE, 2 * PIECE), (len(LARGE) - 3, None), (len(LARGE) - 3, len(LARGE)), (7, 3 * PIECE + 9)],
)  # fmt: skip
def test_any_stretch_is_read_without_the_rest(blobs: Blobs, put: Put, start: int, stop: int | None) -> None:
    put(blobs, "ab/cd", LARGE)
    found = blobs.get("ab/cd")
    assert found is not None
    assert b"".join(found.read(start, stop)) == LARGE[start:stop]


def test_keys_and_their_end(blobs: Blobs, put: Put) -> None:
    for key in ("ab/1", "ab/1.json", "ab/2", "cd/1"):
        put(blobs, key, key.encode())
    put(blobs, "ab/2", b"another")
    assert sorted(blobs.keys("ab/")) == ["ab/1", "ab/1.json", "ab/2"]
    assert sorted(blobs.keys("ab/1.")) == ["ab/1.json"]
    assert list(blobs.keys("none/")) == []
    assert (blobs.delete("ab/1"), blobs.delete("ab/1")) == (True, False)
    assert (blobs.get("ab/1"), blobs.get("never/there")) == (None, None)
    found = blobs.get("ab/2")
    assert found is not None
    assert b"".join(found.read()) == b"another"


def test_what_lies_there_is_listed_and_dropped_by_folder(blobs: Blobs, put: Put) -> None:
    before = time.time()
    for key in ("ab/1", "ab/deeper/2", "abc/1"):
        put(blobs, key, b"12345")
    found = {one.key: one for one in blobs.listed("") if not one.key.startswith("unfinished/")}
    assert set(found) == {"ab/1", "ab/deeper/2", "abc/1"}
    assert all(one.size >= 5 and before - 5 < one.written < time.time() + 5 for one in found.values())
    blobs.drop("ab")
    blobs.drop("never-there")
    assert (list(blobs.keys("ab/")), list(blobs.keys("abc/"))) == ([], ["abc/1"])


def test_sealed_bytes_tell_nothing_and_are_what_they_say(tmp_path: Path, scratch: Scratch, put: Put) -> None:
    disk = LocalBlobs(tmp_path)
    sealed = SealedBlobs(disk, Keyring([KEY], field="K"), scratch=scratch)
    put(sealed, "ab/one", b"a secret that is said")
    put(sealed, "ab/two", b"another secret, it is")
    files = {path.name: path for path in (tmp_path / "ab").iterdir()}
    assert sorted(files) == ["one.sealed", "two.sealed"]
    assert not any(b"secret" in path.read_bytes() for path in files.values())
    whole = files["one.sealed"].read_bytes()
    for altered in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:-4], files["two.sealed"].read_bytes(), b"none of ours"):
        files["one.sealed"].write_bytes(altered)
        found = sealed.get("ab/one")
        assert found is not None
        with pytest.raises(ProcessingError, match=r"altered|none of ours"):
            list(found.read())


def test_a_new_key_seals_and_the_old_one_opens_what_it_sealed(tmp_path: Path, scratch: Scratch, put: Put) -> None:
    disk = LocalBlobs(tmp_path)

    def keys(*some: str) -> SealedBlobs:
        return SealedBlobs(disk, Keyring(some, field="QA_RECORDINGS_KEY"), scratch=scratch)

    def read(blobs: Blobs, key: str) -> bytes:
        found = blobs.get(key)
        assert found is not None
        return b"".join(found.read())

    put(keys(), "ab/open", b"before there was a key")
    put(keys(KEY), "ab/old", b"sealed")
    put(keys(OTHER, KEY), "ab/new", b"anew")
    for blobs in (keys(OTHER, KEY), keys(KEY, OTHER)):
        assert [read(blobs, f"ab/{one}") for one in ("open", "old", "new")] == [b"before there was a key", b"sealed", b"anew"]
    with pytest.raises(ConfigurationError, match="which is not here") as caught:
        read(keys(OTHER), "ab/old")
    assert caught.value.field == "QA_RECORDINGS_KEY"
    with pytest.raises(ConfigurationError, match="which is not here"):
        read(keys(), "ab/old")
    put(keys(KEY), "ab/open", b"before there was a key")
    assert sorted(path.name for path in (tmp_path / "ab").iterdir()) == ["new.sealed", "old.sealed", "open.sealed"]


def test_a_store_that_is_away_is_told_and_nothing_is_lost(object_server: str, bucket: str, scratch: Scratch) -> None:
    # A port that nobody listens on.
    gone = ObjectBlobs(where("http://127.0.0.1:9", bucket, patience=0.2, timeout=0.5), scratch=scratch)
    file = scratch.folder / "whole"
    file.write_bytes(b"sound")
    for act in (lambda: gone.put("ab/cd", file), lambda: gone.get("ab/cd"), lambda: gone.delete("ab/cd"), lambda: list(gone.keys("ab/"))):
        with pytest.raises(StorageError, match="the object store could not"):
            act()
    assert file.read_bytes() == b"sound"
    with pytest.raises(StorageError, match="could not write"):
        ObjectBlobs(where(object_server, "no-such-bucket", patience=0.2), scratch=scratch).put("ab/cd", file)
    assert file.exists()


@pytest.mark.parametrize("url", ["calls", "http://calls/x", "s3://", "s3:///qa", "s3://calls?x=1"])
def test_an_address_that_is_none_is_named(url: str, scratch: Scratch) -> None:
    pytest.importorskip("obstore", reason="tests of object stores need the package obstore")
    with pytest.raises(ConfigurationError, match="no address of a bucket") as caught:
        ObjectBlobs(ObjectStore(url=url), scratch=scratch)
    assert caught.value.field == "QA_RECORDINGS_URL"
