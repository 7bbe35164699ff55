"""Originals: what masking took out, read by whoever may and says why, from a vault that the operator turned on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from qa_service.domain.base import Record
from qa_service.domain.redaction import Originals, Taken
from qa_service.errors import ConfigurationError, InputError, NotFoundError
from qa_service.services.clock import Clock
from qa_service.settings import Settings
from qa_service.store.originals import SealedOriginal
from qa_service.store.session import Database
from qa_service.store.unit import Unit
from qa_service.store.vault import Vault

#: Engine under which the header of a recording is kept, whose words are not known yet.
HEADER = "header"
_LEAST_REASON = 5


class OriginalView(Record):
    """What masking took out of an interaction."""

    #: Id of the interaction.
    interaction: str
    #: Engine of the transcript that the places are of.
    engine: str | None
    #: In order.
    taken: tuple[Taken, ...]
    #: The subject line, where it held personal data.
    subject: str | None
    #: The metadata, where they held personal data.
    metadata: dict[str, Any] | None
    #: Whether the recording as it was uploaded is kept.
    has_audio: bool


class OriginalsDeleted(Record):
    """What was deleted for good."""

    #: Transcripts whose originals are gone.
    transcripts: int
    #: Whether a recording is gone.
    audio: bool


class OriginalShelf:
    """Reads and deletes originals; each act is noted in the ledger with its reason.

    Every method raises :class:`NotFoundError` where nothing is kept, and :class:`InputError` without a reason.
    """

    def __init__(self, *, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def read(self, interaction: str, *, reason: str, actor: str) -> OriginalView:
        """Texts; raises :class:`ConfigurationError` where the key is not here."""
        with self._database.unit() as unit:
            audio = self._audio(unit, interaction)
            kept = unit.originals.of(interaction)
            if not kept and audio is None:
                raise _nothing(interaction)
            opened = [(one.engine, self._opened(one)) for one in kept]
            self._note(unit, interaction, "interaction.original_read", reason=reason, actor=actor, what="text")
        said = next((one for one in opened if one[0] != HEADER), None)
        headers = [one for _, one in opened]
        return OriginalView(
            interaction=interaction, engine=said[0] if said else None, taken=said[1].taken if said else (),
            subject=next((one.subject for one in headers if one.subject is not None), None),
            metadata=next((one.metadata for one in headers if one.metadata is not None), None), has_audio=audio is not None,
        )

    def audio(self, interaction: str, *, reason: str, actor: str) -> tuple[str, Iterator[bytes]]:
        """Name and bytes of the recording as it was uploaded; raises :class:`ConfigurationError` where the key is not here."""
        with self._database.unit() as unit:
            sha256 = self._audio(unit, interaction)
            if sha256 is None:
                raise _nothing(interaction)
            name = unit.recordings.get(sha256).file_name
            pieces = self._vault.open_file(sha256)
            first = next(pieces)
            self._note(unit, interaction, "interaction.original_read", reason=reason, actor=actor, what="audio")
        return name, _chained(first, pieces)

    def delete(self, interaction: str, *, reason: str, actor: str) -> OriginalsDeleted:
        """Delete them for good."""
        with self._database.unit() as unit:
            sha256 = self._audio(unit, interaction)
            gone = unit.originals.drop(interaction)
            if not gone and sha256 is None:
                raise _nothing(interaction)
            self._note(unit, interaction, "interaction.original_deleted", reason=reason, actor=actor, what="all")
        return OriginalsDeleted(transcripts=gone, audio=sha256 is not None and self._vault.delete_file(sha256))

    def _audio(self, unit: Unit, interaction: str) -> str | None:
        sha256 = unit.interactions.get(interaction).recording_sha256
        return sha256 if sha256 is not None and self._vault.holds_file(sha256) else None

    def _opened(self, kept: SealedOriginal) -> Originals:
        return Originals.model_validate_json(self._vault.open(kept.sealed, about=_about(kept.interaction, kept.engine)))

    def _note(self, unit: Unit, interaction: str, action: str, *, reason: str, actor: str, what: str) -> None:
        why = reason.strip()
        if len(why) < _LEAST_REASON:
            raise InputError("say why, in a few words", field="reason", hint="it is kept in the ledger")
        content = {"reason": why, "what": what}
        unit.ledger.append(at=self._clock(), actor=actor, action=action, subject=f"interaction/{interaction}", content=content)


def sealed(vault: Vault, interaction: str, engine: str, originals: Originals) -> tuple[SealedOriginal, ...]:
    """The originals of a transcript, to be stored; none where the vault is off or nothing was taken out."""
    if not vault.on or originals.empty:
        return ()
    data = originals.model_dump_json(exclude_none=True).encode()
    return (SealedOriginal(interaction, engine, vault.seal(data, about=_about(interaction, engine))),)


def vault_keys(settings: Settings) -> tuple[str, ...]:
    """The keys that the operator gave, the one that seals first; none: originals are not kept. Raises :class:`ConfigurationError`."""
    return keys_of(settings.vault_key, settings.vault_key_file, field="QA_VAULT_KEY")


def keys_of(told: SecretStr, file: Path | None, *, field: str) -> tuple[str, ...]:
    """Keys from one of two settings; raises :class:`ConfigurationError`."""
    text, of_file = told.get_secret_value(), f"{field}_FILE"
    if file is not None:
        if text:
            raise ConfigurationError("there is a key and a file of keys", field=of_file, hint="set one of the two")
        if not file.is_file():
            raise ConfigurationError("no such file", file=file, field=of_file)
        text = file.read_text(encoding="ascii", errors="replace")
        if not text.strip():
            raise ConfigurationError("the file holds no key", file=file, field=of_file)
    return tuple(one for one in re.split(r"[,\s]+", text) if one)


def _about(interaction: str, engine: str) -> str:
    return f"{interaction}\0{engine}"


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _nothing(interaction: str) -> NotFoundError:
    hint = "only what comes in while QA_VAULT_KEY is set is kept"
    return NotFoundError(f"no original of interaction {interaction!r} is kept", field="interaction", hint=hint)
