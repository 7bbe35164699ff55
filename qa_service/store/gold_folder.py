"""The gold folder of this machine, kept like those of the others by way of the object store."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from qa_service.domain.scorecard import Scorecard
from qa_service.store.blobs import Blob, Blobs
from qa_service.store.gold import ENDING, gold_of
from qa_service.store.scratch import Scratch


class GoldFolder:
    """Files that people's agreed answers were written to; what others wrote comes along, what was erased goes everywhere."""

    def __init__(self, folder: Path, *, shared: Blobs | None, scratch: Scratch) -> None:
        """``shared``: where machines exchange it; ``None`` where the folder is the operator's own affair. Methods that touch it raise
        :class:`StorageError`."""
        self.folder = folder
        self._shared = shared
        self._scratch = scratch

    def pull(self) -> int:
        """Fetch what others wrote; how many files."""
        missing = [] if self._shared is None else [one.key for one in self._shared.listed("") if not (self.folder / one.key).is_file()]
        # The conversation before its scorecard, as they are written: a scorecard that has none would be a fault.
        for key in sorted(missing, key=lambda one: (one.endswith(ENDING), one)):
            blob = None if self._shared is None else self._shared.get(key)
            if blob is not None:
                self._fetch(blob, self.folder / key)
        return len(missing)

    def push(self, interactions: Iterable[str]) -> None:
        """Let the others have what was written of some interactions."""
        for path in (path for one in interactions for path in gold_of(self.folder, one)):
            if self._shared is not None:
                handle, near = tempfile.mkstemp(prefix="gold-", dir=self._scratch.folder)
                os.close(handle)
                shutil.copyfile(path, near)
                self._shared.put(path.relative_to(self.folder).as_posix(), Path(near))

    def of(self, interaction: str) -> tuple[Path, ...]:
        """What this machine has of an interaction."""
        return gold_of(self.folder, interaction)

    def drop(self, interaction: str) -> None:
        """It goes, here and from where the others fetch it."""
        for path in self.of(interaction):
            if self._shared is not None:
                self._shared.delete(path.relative_to(self.folder).as_posix())
            path.unlink(missing_ok=True)

    def interactions(self) -> frozenset[str]:
        """Ids of the interactions that it tells of; what cannot be read is passed over: whoever measures with it says so."""
        return frozenset(one for path in self.folder.rglob(f"*{ENDING}") if (one := _told_of(path)) is not None)

    def _fetch(self, blob: Blob, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".fetched-", dir=target.parent)
        with os.fdopen(handle, "wb") as out:
            out.writelines(blob.read())
        os.replace(temporary, target)


def _told_of(path: Path) -> str | None:
    try:
        return Scorecard.model_validate_json(path.read_bytes()).interaction.id
    except (ValueError, FileNotFoundError):
        return None
