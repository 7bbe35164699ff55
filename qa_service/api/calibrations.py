"""Calibration sessions: several reviewers answer the same interactions blind, compare, talk and agree."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import ActorDep, Cursor, Filter, Id, IfMatch, Limit, Moment, PageOf, PeriodDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import HttpProblem, documented
from qa_service.domain.calibration import AgreedAnswer, Calibration, CalibrationAnswer, CalibrationReview, CalibrationState
from qa_service.domain.calibration_results import CalibrationResults
from qa_service.domain.scorecard import Split
from qa_service.domain.severity import SeverityReport
from qa_service.services.calibrate import CalibrationSheet
from qa_service.services.calibrated_gold import GoldWritten

router = APIRouter(prefix="/calibrations", route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}
_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Words = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")]
#: Most interactions of a session.
_MOST = 200


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CalibrationReviewView(_Shown):
    """One person's answers to one interaction."""

    #: Id of the interaction.
    interaction: str
    #: User id.
    reviewer: str
    #: In the order in which they were given.
    answers: tuple[CalibrationAnswer, ...]
    #: When they were handed in; null: not yet. Only those handed in count.
    submitted_at: Moment | None
    #: Grows with every saved change.
    revision: int

    @classmethod
    def of(cls, review: CalibrationReview) -> Self:
        """Without what seals it."""
        return cls(**review.model_dump(exclude={"nonce"}))


class CalibrationView(_Shown):
    """A session with what you may see of it."""

    #: The session itself.
    session: Calibration
    #: Your own answers while it is open, everybody's after.
    reviews: tuple[CalibrationReviewView, ...]
    #: How many interactions each person has not handed in; of others, for leads only.
    waiting: dict[str, int]
    #: What is agreed on each interaction: put down by a lead, else what all reviewers answered; nothing while it is open.
    settled: dict[str, tuple[AgreedAnswer, ...]]

    @classmethod
    def of(cls, sheet: CalibrationSheet) -> Self:
        """Of a sheet."""
        reviews = tuple(CalibrationReviewView.of(one) for one in sheet.reviews)
        return cls(session=sheet.session, reviews=reviews, waiting=sheet.waiting, settled=sheet.settled)


class CalibrationPage(PageOf[Calibration]):
    """A page of sessions."""


class CalibrationIn(_Shown):
    """A session to set up."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "March, chat", "rubric": "chat-support", "interactions": ["c-1042", "c-1055"], "participants": ["rita", "omid"],
                "expert": "lena", "due": "2026-03-27T16:00:00Z",
            }
        }
    )

    #: What people call it.
    title: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")]
    #: Rubric id.
    rubric: _Name
    #: Its version; the newest unless told.
    version: int | None = Field(default=None, ge=1, le=1_000_000)
    #: Scored interactions of the rubric's channel, in the order in which they are to be answered.
    interactions: tuple[_Name, ...] = Field(min_length=1, max_length=_MOST)
    #: User ids of the reviewers who are compared: two or more.
    participants: tuple[_Name, ...] = Field(min_length=1, max_length=50)
    #: User id of someone whose answers the reviewers are held against.
    expert: _Name | None = None
    #: When answers should be in.
    due: Moment | None = None


class CalibrationAnswerIn(_Shown):
    """What you say about one criterion."""

    #: Criterion id.
    criterion: _Name
    #: Option id or ``not_applicable``.
    answer: _Name
    #: Why.
    reason: _Words | None = None
    #: Anything else for the discussion.
    comment: _Words | None = None


class CalibrationAnswersIn(_Shown):
    """Your answers to an interaction so far; they take the place of those before."""

    model_config = ConfigDict(json_schema_extra={"example": {"answers": [{"criterion": "empathy", "answer": "yes", "reason": "turn 4"}]}})

    #: One for each criterion at most.
    answers: tuple[CalibrationAnswerIn, ...] = Field(max_length=500)


class RevealIn(_Shown):
    """How to reveal."""

    #: Also while answers are missing; they then count as missing.
    early: bool = False


class NoteIn(_Shown):
    """Something to say about the answers."""

    #: What.
    text: _Words
    #: What it is about; left out: the whole session.
    interaction: _Name | None = None
    #: Criterion id.
    criterion: _Name | None = None


class AgreedIn(_Shown):
    """What was agreed on one question."""

    #: Id of the interaction.
    interaction: _Name
    #: Criterion id.
    criterion: _Name
    #: Option id or ``not_applicable``.
    answer: _Name
    #: What settled it.
    why: _Words | None = None


class AgreementIn(_Shown):
    """Answers to put down as agreed: all or none."""

    #: One for each question.
    answers: tuple[AgreedIn, ...] = Field(min_length=1, max_length=5000)


class GoldIn(_Shown):
    """How what was agreed joins the gold set."""

    #: ``train``, or ``test`` for what nobody may tune on.
    split: Split = Split.TRAIN


@router.post(
    "", response_model=CalibrationView, status_code=201, responses={201: _TAGGED, **documented(401, 403, 404, 409, 413, 422)},
    summary="Set a calibration session up",
)
def create_calibration(services: ServicesDep, who: ActorDep, once: OnceDep, body: CalibrationIn) -> Response:
    """Invite two reviewers or more, and an expert if you like. Whoever is the agent of an interaction cannot be invited to it."""
    told = {name: getattr(body, name) for name in CalibrationIn.model_fields}
    return once.run(
        lambda: (201, CalibrationView.of(services.calibrating.create(**told, by=who))), request=body.model_dump_json(), headers=_tag
    )


@router.get("", response_model=CalibrationPage, responses=documented(401, 403, 422), summary="List calibration sessions")
def list_calibrations(
    services: ServicesDep, who: ActorDep, state: Annotated[CalibrationState | None, Query()] = None, rubric: Filter = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> CalibrationPage:
    """The last made first; leads see all, others those that they were invited to."""
    return CalibrationPage.of(services.calibrating.list(by=who, state=state, rubric=rubric, cursor=cursor, limit=limit))


@router.get("/severity", response_model=SeverityReport, responses=documented(401, 403, 422), summary="Compare reviewers")
def get_reviewer_severity(services: ServicesDep, period: PeriodDep, rubric: Filter = None, team: Filter = None) -> SeverityReport:
    """Who is lenient and who severe in everyday reviews, adjusted for what they happened to get; `cannot_tell` where it does not show."""
    return services.severities.compare(rubric=rubric, team=team, since=period.since, until=period.until)


@router.get(
    "/{calibration}", response_model=CalibrationView, responses={200: _TAGGED, **documented(401, 403, 404, 422)},
    summary="Read a calibration session",
)
def get_calibration(services: ServicesDep, who: ActorDep, response: Response, calibration: Id) -> CalibrationView:
    """While it is open you see your own answers only, as everybody does. The `ETag` is the session's revision."""
    sheet = services.calibrating.get(calibration, by=who)
    response.headers.update({"ETag": etag(sheet.session.revision), "Cache-Control": "private, no-cache"})
    return CalibrationView.of(sheet)


@router.get(
    "/{calibration}/answers/{interaction}", response_model=CalibrationReviewView, summary="Read your answers to an interaction",
    responses={200: _TAGGED, **documented(401, 403, 404, 422)},
)
def get_calibration_answers(
    services: ServicesDep, who: ActorDep, response: Response, calibration: Id, interaction: Id
) -> CalibrationReviewView:
    """Empty before you saved any; its `ETag` is the one to save the first with."""
    return _answers(services.calibrating.review(calibration, interaction, by=who), response)


@router.put(
    "/{calibration}/answers/{interaction}", response_model=CalibrationReviewView, summary="Save your answers to an interaction",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422, 428)},
)
def put_calibration_answers(
    services: ServicesDep, who: ActorDep, response: Response, calibration: Id, interaction: Id, body: CalibrationAnswersIn,
    if_match: Annotated[
        str | None, Header(alias="If-Match", max_length=1000, description="ETag of the answers you have seen; required (`*`: any).")
    ] = None,
) -> CalibrationReviewView:
    """As many as you have so far. Nobody else sees them, or what the machine suggests, before the session is revealed."""
    if if_match is None:
        hint = "send the ETag of your answers as If-Match"
        raise HttpProblem(HTTPStatus.PRECONDITION_REQUIRED, "say which revision you have seen", field="If-Match", hint=hint)
    given = [CalibrationAnswer(**one.model_dump()) for one in body.answers]
    return _answers(services.calibrating.answer(calibration, interaction, given, by=who, expected=expected(if_match)), response)


@router.post(
    "/{calibration}/answers/{interaction}/submit", response_model=CalibrationReviewView, summary="Hand your answers in",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
def submit_calibration_answers(
    services: ServicesDep, who: ActorDep, once: OnceDep, calibration: Id, interaction: Id, if_match: IfMatch = None
) -> Response:
    """They stand from then on. Refused with 409 and the `criteria` that are still open."""
    seen = expected(if_match)

    def act() -> tuple[int, CalibrationReviewView]:
        return 200, CalibrationReviewView.of(services.calibrating.submit(calibration, interaction, by=who, expected=seen))

    return once.run(act, request=if_match or "", headers=lambda body: {"ETag": etag(body["revision"])})


@router.post(
    "/{calibration}/reveal", response_model=CalibrationView, summary="Reveal a calibration session",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
def reveal_calibration(
    services: ServicesDep, who: ActorDep, once: OnceDep, calibration: Id, body: RevealIn, if_match: IfMatch = None
) -> Response:
    """Everybody who takes part sees all answers, and the results are worked out, once. With answers missing it takes `early`."""
    seen = expected(if_match)
    return once.run(
        lambda: (200, CalibrationView.of(services.calibrating.reveal(calibration, by=who, early=body.early, expected=seen))),
        request=f"{if_match} {body.early}", headers=_tag,
    )


@router.get(
    "/{calibration}/results", response_model=CalibrationResults, responses=documented(401, 403, 404, 409, 422),
    summary="Read the results of a calibration session",
)
def get_calibration_results(services: ServicesDep, who: ActorDep, calibration: Id) -> CalibrationResults:
    """Agreement on criteria and of every two reviewers with intervals, gaps of scores, who is how severe; 409 while it is open."""
    return services.calibrating.results(calibration, by=who)


@router.post(
    "/{calibration}/notes", response_model=CalibrationView, status_code=201, summary="Add to the discussion",
    responses={201: _TAGGED, **documented(401, 403, 404, 409, 413, 422)},
)
def add_calibration_note(services: ServicesDep, who: ActorDep, once: OnceDep, calibration: Id, body: NoteIn) -> Response:
    """Once the session is revealed; notes are never changed."""
    told = body.model_dump()
    return once.run(
        lambda: (201, CalibrationView.of(services.calibrating.note(calibration, **told, by=who))), request=body.model_dump_json(),
        headers=_tag,
    )


@router.post(
    "/{calibration}/agreed", response_model=CalibrationView, summary="Put answers down as agreed",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
)
def agree_calibration(
    services: ServicesDep, who: ActorDep, once: OnceDep, calibration: Id, body: AgreementIn, if_match: IfMatch = None
) -> Response:
    """Instead of what was agreed on the same questions before. What all reviewers answered alike is agreed without it."""
    seen, answers = expected(if_match), [AgreedAnswer(**one.model_dump()) for one in body.answers]
    return once.run(
        lambda: (200, CalibrationView.of(services.calibrating.agree(calibration, answers, by=who, expected=seen))),
        request=f"{if_match} {body.model_dump_json()}", headers=_tag,
    )


@router.post(
    "/{calibration}/close", response_model=CalibrationView, summary="Close a calibration session",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
def close_calibration(services: ServicesDep, who: ActorDep, once: OnceDep, calibration: Id, if_match: IfMatch = None) -> Response:
    """Nothing changes any more."""
    seen = expected(if_match)
    return once.run(
        lambda: (200, CalibrationView.of(services.calibrating.close(calibration, by=who, expected=seen))), request=if_match or "",
        headers=_tag,
    )


@router.post(
    "/{calibration}/gold", response_model=GoldWritten, responses=documented(401, 403, 404, 409, 422),
    summary="Add what was agreed to the gold set",
)
def write_calibration_gold(services: ServicesDep, who: ActorDep, once: OnceDep, calibration: Id, body: GoldIn) -> Response:
    """Gold scorecards with their masked conversations, into the folder of the setting `gold_dir`; what is there is never overwritten."""
    return once.run(
        lambda: (200, services.calibrated_gold.write(calibration, by=who, split=body.split)), request=body.model_dump_json()
    )


def _answers(review: CalibrationReview, response: Response) -> CalibrationReviewView:
    response.headers.update({"ETag": etag(review.revision), "Cache-Control": "private, no-cache"})
    return CalibrationReviewView.of(review)


def _tag(body: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": etag(body["session"]["revision"])}
