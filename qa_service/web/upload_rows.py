"""Rows of uploads: what became of a file in the visitor's words, and of tables row by row."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from qa_service.api.uploads import Upload
from qa_service.bootstrap import Services
from qa_service.channels.records.row import RecordOptions
from qa_service.domain.disclosure import shown_to
from qa_service.domain.permission import Actor
from qa_service.domain.scorecard import Scorecard
from qa_service.errors import InputError
from qa_service.rendering.bidi import tame
from qa_service.services.batch_runs import FileOutcome
from qa_service.services.importing import ImportReport, Source
from qa_service.services.jobs import CANCELLED
from qa_service.store.jobs import JobState
from qa_service.web.causes import cause

#: Steps of jobs that take long enough to be told.
STEPS = frozenset({"transcribe"})


class UploadRow(NamedTuple):
    """A file as the page tells it."""

    position: int
    #: Its name, without anything that steers direction.
    file: str
    #: ``waiting``, ``transcribing``, ``scoring``, ``scored``, ``there``, ``failed`` or ``cancelled``.
    standing: str
    interaction: str | None
    card: Scorecard | None
    #: Kind of the fault, for messages.
    fault: str | None
    #: The same in the words of the service.
    detail: str
    repeatable: bool


def row(one: FileOutcome, who: Actor, *, calibrating: AbstractSet[str]) -> UploadRow:
    """How far a file is; its scorecard as this reader may see it."""
    item, why = one.item, cause(one.item.error)
    return UploadRow(
        position=item.position, file=tame(item.file), standing=_standing(one), interaction=item.interaction,
        card=None if one.card is None else shown_to(one.card, who, calibrating=calibrating), fault=None if why is None else why.kind,
        detail="" if why is None else why.detail, repeatable=one.repeatable,
    )


def _standing(one: FileOutcome) -> str:
    item = one.item
    if item.state is JobState.FAILED:
        return "cancelled" if item.error is not None and item.error.code == CANCELLED else "failed"
    if item.state is JobState.DONE:
        return "there" if item.duplicate else "scored"
    if item.state is JobState.RUNNING:
        return "transcribing" if item.step in STEPS else "scoring"
    return "waiting"


def imported(services: Services, upload: Upload, fields: Mapping[str, str], *, by: Actor) -> ImportReport:
    """A table taken in; raises :class:`InputError`."""
    kinds = {"call_details": services.call_details.take, "surveys": services.surveys.take}
    kind = fields.get("kind", "")
    if kind not in kinds:
        raise InputError("say what the table is", field="kind", hint=", ".join(kinds))
    if len(upload.files) != 1:
        raise InputError("send one table", field="file")
    source = Source(upload.files[0].path, upload.files[0].name)
    return kinds[kind](source, options=RecordOptions(zone=services.settings.zone), by=by)
