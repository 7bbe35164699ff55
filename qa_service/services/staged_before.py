"""Uploads that wait in the data folder as the program left them before the database knew of them are entered there, once."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from qa_service.services.clock import Clock
from qa_service.services.submission import Order
from qa_service.store.recordings import RecordingFiles
from qa_service.store.scratch import Scratch
from qa_service.store.session import Database
from qa_service.store.staged import StagedBatch, StagedFile
from qa_service.store.staged_files import StagedFiles

_FILES = "files"
#: What was asked for, and whether it takes no more files.
_ORDERS = {"order.json": True, "sending.json": False, "draft.json": False}


class _Sent(NamedTuple):
    name: str
    path: Path
    sha256: str


class StagedBefore:
    """Takes them over; safe to call again, and in several processes."""

    def __init__(
        self, *, database: Database, files: StagedFiles, turns: RecordingFiles, folder: Path, scratch: Scratch, clock: Clock
    ) -> None:
        """``folder``: where they lie; ``turns``: lends turns."""
        self._database = database
        self._files = files
        self._turns = turns
        self._folder = folder
        self._scratch = scratch
        self._clock = clock

    def adopt(self) -> int:
        """How many batches there were."""
        with self._turns.alone("batches", purpose="adopting"):
            places = [place.parent for place in sorted(self._folder.glob(f"*/{_FILES}")) if place.is_dir()]
            for place in places:
                self._adopt(place)
        return len(places)

    def _adopt(self, place: Path) -> None:
        told = next((place / name for name in _ORDERS if (place / name).is_file()), None)
        with self._database.reading() as unit:
            known = unit.batches.find(place.name) is not None
        if told is not None and known:
            self._enter(place, told)
        for name in _ORDERS:
            (place / name).unlink(missing_ok=True)
        shutil.rmtree(place / _FILES, ignore_errors=True)

    def _enter(self, place: Path, told: Path) -> None:
        sent = list(self._copied(place / _FILES))
        self._files.put(place.name, sent)
        order = Order.model_validate_json(told.read_text(encoding="utf-8"))
        staged = StagedBatch(batch=place.name, wanted=order.model_dump_json(), taking=_ORDERS[told.name], touched_at=self._clock())
        with self._database.unit() as unit:
            if unit.staged.lock(place.name) is None:
                unit.staged.add(staged, [StagedFile(name=one.name, sha256=one.sha256) for one in sent])

    def _copied(self, folder: Path) -> Iterator[_Sent]:
        """Second names for the files: the first ones stay until all is entered."""
        for number, path in enumerate(sorted(one for one in folder.rglob("*") if one.is_file())):
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            near = self._scratch.folder / f"adopted-{number}"
            near.unlink(missing_ok=True)
            os.link(path, near)
            yield _Sent(path.relative_to(folder).as_posix(), near, sha256)
