"""Review: scorecards claimed, answered, finalised, opened again and acknowledged by people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from qa_service.api.deps import ActorDep, Brief, BriefDep, Id, IfMatch, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import Once, OnceDep
from qa_service.api.problems import HttpProblem, documented
from qa_service.domain.disclosure import shown_to
from qa_service.domain.evidence import Evidence
from qa_service.domain.permission import Actor
from qa_service.domain.placing import RULE
from qa_service.domain.review import GivenAnswer, Words
from qa_service.domain.scorecard import Scorecard

router = APIRouter(prefix="/scorecards", route_class=Door)

#: Free text, of several lines where need be.
_Text = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$")]
_Milliseconds = Annotated[int, Field(ge=0, le=1_000_000_000)]
_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GivenEvidence(_Sent):
    """What speaks for an answer: a quote, a whole turn, or (on the phone) a stretch of time."""

    #: Index of the turn, from 0; with a quote, where it stands; alone, all of it.
    turn: int | None = Field(default=None, ge=0, le=1_000_000)
    #: Verbatim from the transcript; from the turn that says it first, unless you tell the turn.
    quote: str | None = Field(default=None, min_length=1, max_length=10_000)
    #: First millisecond of the stretch; the turns in it are found.
    start_ms: _Milliseconds | None = None
    #: Its end, after the start and within the interaction.
    end_ms: _Milliseconds | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        said, timed = self.turn is not None or self.quote is not None, (self.start_ms is not None) + (self.end_ms is not None)
        if timed == 1 or said == bool(timed):
            raise ValueError("tell either a quote, a turn or both, or start_ms and end_ms")
        return self

    def piece(self) -> Evidence:
        """As the review takes it."""
        return Evidence(turn=self.turn, quote=self.quote or "", start_ms=self.start_ms, end_ms=self.end_ms, rule=RULE)


class GivenAnswerIn(_Sent):
    """What a reviewer says about one criterion."""

    #: Criterion id.
    criterion: str = Field(min_length=1, max_length=200)
    #: Option id or ``not_applicable``; null takes an answer back, with all that was said about it.
    answer: str | None = Field(max_length=200)
    #: Why; needed where it contradicts a decided suggestion that you were shown.
    reason: _Text | None = None
    #: What speaks for it.
    evidence: tuple[GivenEvidence, ...] = Field(default=(), max_length=50)
    #: What the agent should read about it.
    comment: _Text | None = None
    #: What agents never read.
    note: _Text | None = None

    def given(self) -> GivenAnswer:
        """As the review takes it."""
        evidence = tuple(one.piece() for one in self.evidence)
        told = {name: getattr(self, name) for name in ("criterion", "answer", "reason", "comment", "note")}
        return GivenAnswer(**told, evidence=evidence)


class AnswersIn(_Sent):
    """Answers, and words about the whole scorecard, to save together: all or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "answers": [
                    {
                        "criterion": "empathy", "answer": "yes", "reason": "says so in her own words",
                        "evidence": [{"turn": 4, "quote": "I am sorry"}], "comment": "Well done",
                    }
                ],
                "comment": "A calm call", "note": "the next one of hers, too",
            }
        }
    )

    #: One for each criterion that changes.
    answers: tuple[GivenAnswerIn, ...] = Field(default=(), max_length=500)
    #: What the agent should read about the whole; null takes it back, left out it stays.
    comment: _Text | None = None
    #: What agents never read; null takes it back, left out it stays.
    note: _Text | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.answers and not self.model_fields_set & {"comment", "note"}:
            raise ValueError("tell answers, a comment or a note")
        return self

    def words(self) -> Words | None:
        """What is said about the whole; ``None`` where that stays."""
        told = {name: getattr(self, name) for name in ("comment", "note") if name in self.model_fields_set}
        return Words(**told) if told else None


class ReopenIn(_Sent):
    """Why a finished scorecard is opened again."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "the greeting is there, at 0:04"}})

    #: As it will stand in the ledger.
    reason: str = Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")


class AcknowledgeIn(_Sent):
    """What the agent says to a scorecard that they have read."""

    model_config = ConfigDict(json_schema_extra={"example": {"comment": "Understood"}})

    #: Left out where there is nothing to say.
    comment: _Text | None = None


class NeededAnswer(BaseModel):
    """A criterion that still needs your own answer."""

    model_config = ConfigDict(extra="forbid")

    #: Its id.
    criterion: str
    #: Why.
    why: str


class NeededAnswers(BaseModel):
    """What must be answered before a scorecard can be final."""

    model_config = ConfigDict(extra="forbid")

    #: In the order of the form; empty where nothing is left to do.
    needed: tuple[NeededAnswer, ...]


_IfMatchNeeded = Annotated[
    str | None, Header(alias="If-Match", max_length=1000, description="ETag of the revision you have seen; required (`*`: any).")
]


@router.post(
    "/{scorecard}/claim", response_model=Scorecard, summary="Claim a scorecard",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
async def claim_scorecard(
    services: ServicesDep, who: ActorDep, brief: BriefDep, once: OnceDep, scorecard: Id, if_match: IfMatch = None
) -> Response:
    """Hold it, for as long as the policy says from your last act (30 minutes unless it was changed), so that nobody else answers it; claim
    again to hold it longer. Refused with code `own_review` where the scorecard is about yourself."""
    seen = expected(if_match)
    return await _once(brief, once, who, lambda: services.reviewing.claim(scorecard, by=who, expected=seen), request=if_match)


@router.post(
    "/{scorecard}/release", response_model=Scorecard, summary="Give a scorecard back",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 422)},
)
async def release_scorecard(services: ServicesDep, who: ActorDep, brief: BriefDep, once: OnceDep, scorecard: Id) -> Response:
    """Others may claim it; your answers stay, with your name on them."""
    return await _once(brief, once, who, lambda: services.reviewing.release(scorecard, by=who))


@router.patch(
    "/{scorecard}/answers", response_model=Scorecard, summary="Answer criteria",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422, 428)},
)
async def answer_scorecard(
    services: ServicesDep, who: ActorDep, brief: BriefDep, scorecard: Id, body: AnswersIn, if_match: _IfMatchNeeded = None
) -> Response:
    """Save answers of the form and words about the whole, all or none; the score follows. Claim it first; saving holds it longer. Without
    `If-Match`: 428; with a stale one: 412."""
    if if_match is None:
        hint = "send the ETag of the scorecard as If-Match"
        raise HttpProblem(HTTPStatus.PRECONDITION_REQUIRED, "say which revision you have seen", field="If-Match", hint=hint)
    given, seen = [one.given() for one in body.answers], expected(if_match)
    card = await brief(lambda: services.reviewing.answer(scorecard, given, by=who, expected=seen, words=body.words()))
    # Written out here: it is the answer that reviewers wait for all day, and what is in it was made of checked parts.
    written = shown_to(card, who).model_dump_json(by_alias=True)
    return Response(written, media_type="application/json", headers={"ETag": etag(card.revision)})


@router.post(
    "/{scorecard}/undo", response_model=Scorecard, summary="Take back your last save",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
async def undo_scorecard(
    services: ServicesDep, who: ActorDep, brief: BriefDep, once: OnceDep, scorecard: Id, if_match: IfMatch = None
) -> Response:
    """Once for each save, the last one first, as long as you hold it; what another reviewer saved stays. Everything stays in the ledger."""
    seen = expected(if_match)
    return await _once(brief, once, who, lambda: services.reviewing.undo(scorecard, by=who, expected=seen), request=if_match)


@router.post(
    "/{scorecard}/redo", response_model=Scorecard, summary="Give again what you took back last",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
async def redo_scorecard(
    services: ServicesDep, who: ActorDep, brief: BriefDep, once: OnceDep, scorecard: Id, if_match: IfMatch = None
) -> Response:
    """Until you answer anew."""
    seen = expected(if_match)
    return await _once(brief, once, who, lambda: services.reviewing.redo(scorecard, by=who, expected=seen), request=if_match)


@router.get(
    "/{scorecard}/needed", response_model=NeededAnswers, responses=documented(401, 403, 404, 422), summary="Read what it still needs"
)
def get_needed_answers(services: ServicesDep, scorecard: Id) -> NeededAnswers:
    """Criteria that need a person's own answer before it can be final, and why: undecided ones, those that the form leaves to people,
    those whose suggestions were wrong too often to be accepted, and, in a blind review, all that are asked."""
    return NeededAnswers(needed=tuple(NeededAnswer(criterion=one, why=why) for one, why in services.reviewing.needed(scorecard).items()))


@router.post(
    "/{scorecard}/finalize", response_model=Scorecard, summary="Finalise a scorecard",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
async def finalize_scorecard(
    services: ServicesDep, who: ActorDep, brief: BriefDep, once: OnceDep, scorecard: Id, if_match: IfMatch = None
) -> Response:
    """Suggestions that you left as they are become your answers. Refused with 409, the `criteria` that still need your answer, and the
    `reasons`. A later version supersedes the one before."""
    seen = expected(if_match)
    return await _once(brief, once, who, lambda: services.reviewing.finalize(scorecard, by=who, expected=seen), request=if_match)


@router.post(
    "/{scorecard}/reopen", response_model=Scorecard, status_code=201, summary="Open a finished scorecard again",
    responses={201: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
async def reopen_scorecard(
    services: ServicesDep, who: ActorDep, brief: BriefDep, once: OnceDep, scorecard: Id, body: ReopenIn, if_match: IfMatch = None
) -> Response:
    """The next version beside it, with its answers, held by nobody; the old one counts until the new one is final. Where it was opened
    again before: 409, naming that version."""
    seen = expected(if_match)
    return await _once(
        brief, once, who, lambda: services.reviewing.reopen(scorecard, by=who, reason=body.reason, expected=seen),
        status=HTTPStatus.CREATED,
        request=f"{if_match} {body.model_dump_json()}",
    )


@router.post(
    "/{scorecard}/acknowledge", response_model=Scorecard, summary="Confirm that you have read it",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 422)},
)
async def acknowledge_scorecard(
    services: ServicesDep, who: ActorDep, brief: BriefDep, within: ScopeDep, once: OnceDep, scorecard: Id, body: AcknowledgeIn | None = None
) -> Response:
    """As the agent that it is about, once; confirmed again, it stays as it was. Only what is final and counts."""
    comment = None if body is None else body.comment
    return await _once(
        brief, once, who, lambda: services.reviewing.acknowledge(scorecard, by=who, within=within, comment=comment),
        request=f"comment {comment}"
    )


async def _once(
    brief: Brief, once: Once, who: Actor, act: Callable[[], Scorecard], *, request: str | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """The scorecard as this person may see it."""
    return await brief(lambda: once.run(lambda: (int(status), shown_to(act(), who)), request=request or "", headers=_tag))


def _tag(body: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": etag(body["revision"])}
