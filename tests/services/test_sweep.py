"""Files that nothing tells of: found on disk and in an object store once they are a day old, deleted on command, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, build, opened
from qa_service.domain.permission import SYSTEM
from qa_service.services.recording_places import Area, kept_blobs
from qa_service.store.scratch import Scratch

Open = Callable[..., AbstractContextManager[Any]]
#: Named as uploads, recordings, originals and reports are.
LEFT = {
    Area.BATCHES: ("0" * 32 + "/" + "a" * 64,), Area.REPORTS: ("gone.html", "gone.pdf.sealed"),
    Area.VAULT: ("ab/" + "ab" * 32 + ".sealed",),
    Area.RECORDINGS: ("cd/" + "cd" * 32, "cd/" + "cd" * 32 + ".json", "ef/" + "ef" * 32 + ".sealed"),
}  # fmt: skip
#: What is none of ours stays, whatever it is.
FOREIGN = {Area.RECORDINGS: ("notes/read-me.txt",), Area.BATCHES: ("read-me",)}


def keys(services: Services, scratch: Scratch) -> set[str]:
    areas = ((one, kept_blobs(services.settings, scratch=scratch, area=one)) for one in Area)
    return {f"{area}/{one.key}" for area, blobs in areas for one in blobs.listed("") if ".lock" not in one.key}


def later(services: Services, **delta: float) -> Services:
    """The same home, some time from now."""
    now = services.clock() + timedelta(**delta)
    return build(services.settings, clock=lambda: now)


@pytest.mark.parametrize("place", ["disk", "store"])
def test_what_nothing_tells_of_goes(open_shop: Open, write_call: Any, request: pytest.FixtureRequest, tmp_path: Path, place: str) -> None:
    changes: dict[str, Any] = {"vault_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
    if place == "store":
        server, bucket = request.getfixturevalue("object_server"), request.getfixturevalue("bucket")
        changes |= {"recordings_url": f"s3://{bucket}/qa", "s3_endpoint": server, "s3_access_key": "a", "s3_secret_key": "b"}
    scratch = Scratch(tmp_path / "scratch")
    with open_shop(tmp_path / "data", **changes) as shop:
        (row,) = shop.score(write_call(tmp_path, "sweep", "Hello!", "My card is 4111 1111 1111 1111."))
        assert row.error is None
        services = shop.services
        wanted = keys(services, scratch)
        assert {one.partition("/")[0] for one in wanted} >= {"recordings", "vault"}
        for area, names in [*LEFT.items(), *FOREIGN.items()]:
            for name in names:
                file = scratch.folder / "left"
                file.write_bytes(b"left behind")
                kept_blobs(services.settings, scratch=scratch, area=area).put(name, file)
        left = {f"{area}/{name}" for area, names in LEFT.items() for name in names}
    assert later(services, hours=23).sweeping.find().orphans == (), "an upload may be under way"
    with opened(services.settings) as again:
        found = later(again, days=2).sweeping.find()
        assert {f"{one.area}/{one.key}" for one in found.orphans} == left
        assert not found.deleted
        assert keys(again, scratch) >= left | wanted, "nothing was deleted yet"
        assert later(again, days=2).sweeping.sweep(by=SYSTEM).counts == {"batches": 1, "reports": 2, "vault": 1, "recordings": 3}
        assert keys(again, scratch) & left == set()
        assert keys(again, scratch) >= wanted
        assert again.interactions.recording("sweep")[1].size > 0
        with again.database.reading() as unit:
            assert [entry.content["bytes"] for entry in unit.ledger.entries() if entry.action == "database.swept" and entry.content] == [77]
        assert later(again, days=2).sweeping.sweep(by=SYSTEM).orphans == ()
