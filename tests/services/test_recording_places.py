"""Where recordings are kept: a call is heard, silenced, played and erased from an object store, sealed, as from a folder."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.permission import SYSTEM
from qa_service.errors import ConfigurationError, NotFoundError
from qa_service.services.recording_places import recording_files
from qa_service.speech.audio import decode

Open = Callable[..., AbstractContextManager[Any]]
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def elsewhere(object_server: str, bucket: str) -> dict[str, Any]:
    """Settings for a store that is not this machine's disk."""
    return {
        "recordings_url": f"s3://{bucket}/qa", "s3_endpoint": object_server, "s3_access_key": "somebody", "s3_secret_key": "a secret",
    }


@pytest.mark.parametrize("key", ["", KEY], ids=["open", "sealed"])
def test_a_call_in_an_object_store(
    open_shop: Open, write_call: Any, tmp_path: Path, elsewhere: dict[str, Any], make_settings: Any, key: str
) -> None:
    settings = make_settings(tmp_path / "data", **elsewhere, recordings_key=key)
    with open_shop(tmp_path / "data", **elsewhere, recordings_key=key) as shop:
        (row,) = shop.score(write_call(tmp_path, "call", "Hello!", "My card is 4111 1111 1111 1111."))
        assert row.error is None
        name = row.scorecard.interaction.id
        recording, blob = shop.services.interactions.recording(name)
        assert recording.kept_sha256 != recording.sha256, "it was silenced"
        assert len(b"".join(blob.read())) == blob.size
        with blob.local() as path:
            assert decode(path, max_seconds=60).duration_ms == recording.duration_ms
        assert len(b"".join(blob.read(10, 30))) == 20
        peaks = shop.services.peaks.of(name)[1]
        assert len(peaks.channels) == recording.channels
        assert not any(path.suffix in ("", ".json", ".sealed") for path in (tmp_path / "data" / "recordings").rglob("??/*"))
        shop.services.retaining.erase(name, reason="the customer asked", by=SYSTEM)
        shop.services.retaining.finish()
        with pytest.raises(NotFoundError):
            recording_files(settings).get(recording.kept_sha256)


def test_a_key_that_is_none_is_told(make_settings: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not base64") as caught:
        recording_files(make_settings(tmp_path, recordings_key="nonsense!"))
    assert caught.value.field == "QA_RECORDINGS_KEY"
    with pytest.raises(ConfigurationError, match="a key and a file") as caught:
        recording_files(make_settings(tmp_path, recordings_key=KEY, recordings_key_file=tmp_path / "keys"))
    assert caught.value.field == "QA_RECORDINGS_KEY_FILE"
