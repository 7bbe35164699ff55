"""Calibration sessions: changed by compare-and-swap, the answers of each person apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from qa_service.domain.calibration import (
    AgreedAnswer,
    Calibration,
    CalibrationAnswer,
    CalibrationReview,
    CalibrationState,
    DiscussionNote,
)
from qa_service.domain.calibration_results import CalibrationResults
from qa_service.domain.interaction import Channel
from qa_service.domain.scorecard import RubricRef
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.tables import (
    CalibrationAgreedRow,
    CalibrationInteractionRow,
    CalibrationMemberRow,
    CalibrationNoteRow,
    CalibrationReviewRow,
    CalibrationRow,
    core,
)

_IT, _MEMBERS, _INTERACTIONS = core(CalibrationRow).c, core(CalibrationMemberRow).c, core(CalibrationInteractionRow).c
#: Rows by session.
_Parts = dict[str, list[Any]]
_REVIEWS, _NOTES, _AGREED = core(CalibrationReviewRow).c, core(CalibrationNoteRow).c, core(CalibrationAgreedRow).c


class Calibrations(Repository):
    """Sessions by id."""

    def add(self, session: Calibration) -> Calibration:
        """Keep a new one."""
        self._insert(CalibrationRow, [{**_values(session), "results": None}])
        members = [{"session_id": session.id, "user_id": who, "position": n} for n, who in enumerate(session.participants)]
        self._insert(CalibrationMemberRow, members)
        about = [{"session_id": session.id, "interaction_id": one, "position": n} for n, one in enumerate(session.interactions)]
        self._insert(CalibrationInteractionRow, about)
        return session

    def get(self, session: str) -> Calibration:
        """Raises :class:`NotFoundError`."""
        row = self._first(CalibrationRow, _IT.id == session)
        if row is None:
            raise NotFoundError(f"no calibration session {session!r}", field="calibration")
        return self._sessions([row])[0]

    def save(self, session: Calibration, *, results: CalibrationResults | None = None) -> Calibration:
        """Keep a change of the revision that the session bears, and, where given, its results; the session as it is now.

        Notes are only added to; who answers what never changes. Raises :class:`StaleVersionError` when somebody else was quicker.
        """
        made = session.model_copy(update={"revision": session.revision + 1})
        values = _values(made) if results is None else {**_values(made), "results": results.model_dump_json()}
        if not self._update(CalibrationRow, _IT.id == session.id, _IT.revision == session.revision, values=values):
            now = self.get(session.id).revision
            raise StaleVersionError(
                f"session {session.id!r} was changed meanwhile: it has revision {now}, not {session.revision}", field="If-Match",
                hint="read it again and repeat the change",
            )
        self._insert_new(CalibrationNoteRow, [_note_values(session.id, n, one) for n, one in enumerate(made.notes)])
        self._replace(CalibrationAgreedRow, [_agreed_values(session.id, one) for one in made.agreed])
        return made

    def list(
        self, *, state: CalibrationState | None = None, invited: str | None = None, rubric: str | None = None, cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Calibration]:
        """The last made first; ``invited``: only those that this user answers in."""
        where = given((state, _IT.state.__eq__), (rubric, _IT.rubric_id.__eq__), (invited, _invites))
        return self._page(CalibrationRow, *where, by="created_at", cursor=cursor, limit=limit).of(self._sessions)

    def results(self, session: str) -> CalibrationResults | None:
        """What was worked out when it was revealed; ``None`` before."""
        text = self._session.scalar(sa.select(_IT.results).where(_IT.id == session))
        return None if text is None else CalibrationResults.model_validate_json(text)

    def hold(self, session: str) -> None:
        """Nobody hands anything in meanwhile (and whoever does that waits for who reveals)."""
        self._session.execute(sa.select(_IT.id).where(_IT.id == session).with_for_update())

    def review(self, session: str, interaction: str, reviewer: str) -> CalibrationReview | None:
        """That person's answers to that interaction, if any were saved."""
        place = (_REVIEWS.session_id == session, _REVIEWS.interaction_id == interaction, _REVIEWS.reviewer == reviewer)
        row = self._first(CalibrationReviewRow, *place)
        return None if row is None else _review(row)

    def reviews(self, session: str, *, reviewer: str | None = None) -> tuple[CalibrationReview, ...]:
        """All answers, or one person's, by interaction and reviewer."""
        where = (_REVIEWS.session_id == session, *given((reviewer, _REVIEWS.reviewer.__eq__)))
        chosen = sa.select(CalibrationReviewRow).where(*where).order_by(_REVIEWS.interaction_id, _REVIEWS.reviewer)
        return tuple(_review(row) for row in self._session.scalars(chosen))

    def save_review(self, session: str, review: CalibrationReview) -> CalibrationReview:
        """Keep a change of the revision that the review bears; the review as it is now. Raises :class:`StaleVersionError`."""
        made = review.model_copy(update={"revision": review.revision + 1})
        values = _review_values(session, made)
        place = (_REVIEWS.session_id == session, _REVIEWS.interaction_id == review.interaction, _REVIEWS.reviewer == review.reviewer)
        first = review.revision == 1
        kept = self._insert_new(CalibrationReviewRow, [values]) if first else bool(
            self._update(CalibrationReviewRow, *place, _REVIEWS.revision == review.revision, values=values)
        )  # fmt: skip
        if not kept:
            raise StaleVersionError("these answers were changed meanwhile", field="If-Match", hint="read them again and repeat the change")
        return made

    def answering(self, user: str) -> frozenset[str]:
        """Interactions that a user is to answer blind: of the open sessions to which they are invited."""
        return frozenset(self._session.scalars(to_answer(user)))

    def _sessions(self, rows: Sequence[CalibrationRow]) -> tuple[Calibration, ...]:
        ids = [row.id for row in rows]
        members = self._by_session(CalibrationMemberRow, ids, _MEMBERS.position)
        about = self._by_session(CalibrationInteractionRow, ids, _INTERACTIONS.position)
        notes = self._by_session(CalibrationNoteRow, ids, _NOTES.position)
        agreed = self._by_session(CalibrationAgreedRow, ids, _AGREED.interaction_id, _AGREED.criterion_id)
        return tuple(
            Calibration(
                id=row.id, title=row.title, channel=Channel(row.channel), expert=row.expert, due=row.due,
                rubric=RubricRef(id=row.rubric_id, version=row.rubric_version, fingerprint=row.rubric_fingerprint),
                interactions=tuple(one.interaction_id for one in about.get(row.id, ())), state=CalibrationState(row.state), seed=row.seed,
                participants=tuple(one.user_id for one in members.get(row.id, ())), created_by=row.created_by, created_at=row.created_at,
                revealed_at=row.revealed_at, closed_at=row.closed_at, gold_at=row.gold_at, revision=row.revision,
                notes=tuple(_note(one) for one in notes.get(row.id, ())), agreed=tuple(_agreed(one) for one in agreed.get(row.id, ())),
            )
            for row in rows
        )

    def _by_session(self, row: Any, ids: Sequence[str], *order: sa.ColumnElement[Any]) -> _Parts:
        found: _Parts = {}
        for some in chunks(ids):
            for one in self._session.scalars(sa.select(row).where(core(row).c.session_id.in_(some)).order_by(*order)):
                found.setdefault(one.session_id, []).append(one)
        return found


def to_answer(user: str | sa.BindParameter[Any]) -> sa.Select[Any]:
    """Interactions that a user is to answer blind: of the open sessions to which they are invited."""
    blind = sa.select(_INTERACTIONS.interaction_id).join(core(CalibrationRow), _IT.id == _INTERACTIONS.session_id)
    return blind.where(_IT.state == CalibrationState.OPEN.value, _invites(user))


def _invites(user: str | sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    compared = sa.select(_MEMBERS.session_id).where(_MEMBERS.session_id == _IT.id, _MEMBERS.user_id == user).exists()
    return compared | (_IT.expert == user)


def _values(session: Calibration) -> dict[str, Any]:
    return {
        "id": session.id, "title": session.title, "rubric_id": session.rubric.id, "rubric_version": session.rubric.version,
        "rubric_fingerprint": session.rubric.fingerprint, "channel": session.channel.value, "expert": session.expert, "due": session.due,
        "state": session.state.value, "seed": session.seed, "created_by": session.created_by, "created_at": session.created_at,
        "revealed_at": session.revealed_at, "closed_at": session.closed_at, "gold_at": session.gold_at, "revision": session.revision,
    }


def _review(row: CalibrationReviewRow) -> CalibrationReview:
    words = json.loads(row.words) if row.words is not None else {}
    answers = tuple(CalibrationAnswer(criterion=one, answer=given, **words.get(one, {})) for one, given in json.loads(row.answers).items())
    return CalibrationReview(
        interaction=row.interaction_id, reviewer=row.reviewer, answers=answers, submitted_at=row.submitted_at, nonce=row.nonce,
        revision=row.revision,
    )


def _review_values(session: str, review: CalibrationReview) -> dict[str, Any]:
    words = {one.criterion: one.model_dump(include={"reason", "comment"}) for one in review.answers if one.reason or one.comment}
    return {
        "session_id": session, "interaction_id": review.interaction, "reviewer": review.reviewer,
        "answers": json.dumps({one.criterion: one.answer for one in review.answers}, ensure_ascii=False),
        "words": json.dumps(words, ensure_ascii=False) if words else None, "submitted_at": review.submitted_at, "nonce": review.nonce,
        "revision": review.revision,
    }


def _note(row: CalibrationNoteRow) -> DiscussionNote:
    return DiscussionNote(by=row.by, at=row.at, text=row.text, interaction=row.interaction_id, criterion=row.criterion_id)


def _note_values(session: str, position: int, note: DiscussionNote) -> dict[str, Any]:
    return {
        "session_id": session, "position": position, "interaction_id": note.interaction, "criterion_id": note.criterion, "by": note.by,
        "at": note.at, "text": note.text,
    }


def _agreed(row: CalibrationAgreedRow) -> AgreedAnswer:
    return AgreedAnswer(interaction=row.interaction_id, criterion=row.criterion_id, answer=row.answer, why=row.why, by=row.by, at=row.at)


def _agreed_values(session: str, one: AgreedAnswer) -> dict[str, Any]:
    return {
        "session_id": session, "interaction_id": one.interaction, "criterion_id": one.criterion, "answer": one.answer, "why": one.why,
        "by": one.by, "at": one.at,
    }
