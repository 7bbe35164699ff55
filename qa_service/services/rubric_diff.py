"""Two versions of a rubric: what differs, and whose score would change and why, on gold, given files or the stored history.

Both versions judge with the same analysis and both are worked out afresh; nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from qa_service.analysis.analysis import Analysis
from qa_service.channels import Conversation, WorkItem, WorkKind, discover
from qa_service.domain.base import Record
from qa_service.domain.interaction import Interaction
from qa_service.domain.rescoring import Rescored, Rescoring, rescored, summed_up
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_diff import RubricDiff, compare
from qa_service.domain.rubric_version import advice
from qa_service.domain.scorecard import Engines, InteractionRef, Scorecard
from qa_service.domain.scoring import draft
from qa_service.domain.transcript import Transcript
from qa_service.errors import InputError
from qa_service.services.gold import GoldReader, Watch, load
from qa_service.store.gold import read_gold
from qa_service.store.interactions import State
from qa_service.store.session import Database

#: Interactions that are asked from the store at once.
_PAGE = 200


class Talk(NamedTuple):
    """An interaction and what was said."""

    interaction: Interaction
    transcript: Transcript


class Comparison(Record):
    """Two versions compared."""

    #: What differs in the form.
    diff: RubricDiff
    #: What the version must be; empty when it is.
    advice: str
    #: What differs in the scores; ``None`` when nothing was judged.
    rescoring: Rescoring | None = None


def compared(
    old: Rubric, new: Rubric, talks: Sequence[Talk] | None, *, analysis: Analysis, decide_at: float, watch: Watch | None = None
) -> Comparison:
    """Both versions on the same interactions (those of their channel); raises :class:`InputError` for rubrics of two channels."""
    if old.channel is not new.channel:
        raise InputError(f"{old.rubric!r} judges {old.channel}, {new.rubric!r} judges {new.channel}", field="channel")
    found = None
    if talks is not None:
        own = [talk for talk in talks if talk.interaction.channel is new.channel]
        reader = GoldReader(analysis, decide_at=decide_at)
        found = summed_up(_counted(_rescored(old, new, own, analysis, reader, decide_at), len(own), watch))
    return Comparison(diff=compare(old, new), advice=advice(old, new), rescoring=found)


class Trial(Record):
    """A draft tried on one interaction."""

    #: What the draft says of it.
    card: Scorecard
    #: What differs from the stored version; ``None`` where there is none.
    rescored: Rescored | None = None


def tried(old: Rubric | None, new: Rubric, talk: Talk, *, analysis: Analysis, decide_at: float) -> Trial:
    """A draft (and the version before it) on one interaction; raises :class:`InputError` for one of another channel."""
    if talk.interaction.channel is not new.channel:
        message = f"interaction {talk.interaction.id!r} is {talk.interaction.channel}, and {new.rubric!r} judges {new.channel}"
        raise InputError(message, field="interaction", hint=f"choose one of {new.channel}")
    reader = GoldReader(analysis, decide_at=decide_at)
    reading = analysis.read(talk.interaction, talk.transcript, rubric=new, decide_at=decide_at)
    reference = InteractionRef.of(talk.interaction, language=reading.transcript.language)
    after = reader.suggest(new, reading)
    card = draft(new, interaction=reference, engine=Engines(analysis=analysis.version_for(new)), suggestions=after)
    if old is None or old.channel is not new.channel:
        return Trial(card=card)
    former = analysis.read(talk.interaction, talk.transcript, rubric=old, decide_at=decide_at)
    return Trial(card=card, rescored=rescored(old, new, reference, before=reader.suggest(old, former), after=after))


def _rescored(
    old: Rubric, new: Rubric, talks: Iterable[Talk], analysis: Analysis, reader: GoldReader, decide_at: float
) -> Iterator[Rescored]:
    alike = _look_up_alike(old, new) and analysis.learned_for(old) is None and analysis.learned_for(new) is None
    for talk in talks:
        reading = analysis.read(talk.interaction, talk.transcript, rubric=new, decide_at=decide_at)
        former = reading if alike else analysis.read(talk.interaction, talk.transcript, rubric=old, decide_at=decide_at)
        reference = InteractionRef.of(talk.interaction, language=reading.transcript.language)
        yield rescored(old, new, reference, before=reader.suggest(old, former), after=reader.suggest(new, reading))


def _look_up_alike(old: Rubric, new: Rubric) -> bool:
    """Whether one reading serves both: the same words are looked up, and no meaning or model is asked, which depends on the rest."""
    asks = any(detection.kind in ("means", "judge") for rubric in (old, new) for _, _, detection in rubric.walk())
    return not asks and dict(old.queries) == dict(new.queries)


def _counted(found: Iterable[Rescored], total: int, watch: Watch | None) -> Iterator[Rescored]:
    for done, one in enumerate(found, 1):
        yield one
        if watch is not None:
            watch(done, total)


def gold_talks(gold: Path, *, recordings: Path) -> list[Talk]:
    """The interactions of gold scorecards; raises :class:`InputError` for faulty gold."""
    return [Talk(*load(file)) for file in read_gold(gold, recordings=recordings)]


def file_talks(paths: Sequence[Path]) -> list[Talk]:
    """Conversations, and recordings by their reference transcript; raises :class:`InputError` for anything else."""
    return [talk for item in discover(paths) for talk in _item_talks(item)]


def _item_talks(item: WorkItem) -> Iterator[Talk]:
    if item.kind is WorkKind.RECORDING:
        header = item.load_header()
        if header.reference is None:
            raise InputError("a recording without a reference transcript", file=item.path, hint="score it, then compare with --history")
        yield Talk(header.interaction, header.reference)
        return
    for outcome in item.read():
        if not isinstance(outcome, Conversation):
            raise outcome
        yield Talk(outcome.interaction, outcome.transcript)


def stored_talks(database: Database, rubric: Rubric, *, limit: int | None = None) -> list[Talk]:
    """The last scored interactions of the rubric's channel, with their last transcripts."""
    found: list[Talk] = []
    cursor: str | None = None
    with database.reading() as unit:
        while limit is None or len(found) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = unit.interactions.list(channel=rubric.channel, state=State.SCORED, cursor=cursor, limit=size)
            found.extend(Talk(one.interaction, unit.transcripts.get(one.interaction.id)) for one in page.items)
            cursor = page.next
            if cursor is None:
                break
    return found


def stored_rubric(database: Database, name: str) -> Rubric:
    """The rubric ``ID@VERSION``, or the newest version of ``ID``; raises :class:`NotFoundError` and :class:`InputError`."""
    rubric, _, version = name.partition("@")
    if version and not version.isdigit():
        raise InputError(f"{name!r} names no version", field="rubric", hint="write a file, or ID@VERSION such as phone-support@2")
    with database.reading() as unit:
        return unit.rubrics.get(rubric, int(version) if version else None)
