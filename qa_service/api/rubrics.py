"""Rubrics: the forms in force, every version of them, lint, and what a new version would change."""

from __future__ import annotations

from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import LINE, ActorDep, Id, IfNoneMatch, ServicesDep, media_type
from qa_service.api.door import Door
from qa_service.api.etags import etag, unchanged
from qa_service.api.problems import documented
from qa_service.domain.criteria.numeric import Numeric
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Right
from qa_service.domain.rubric import AutoFail, Localised, Option, ReviewPolicy, Rubric, RubricSettings, Severity, Skill
from qa_service.domain.rubric_source import Fault as LintFault
from qa_service.domain.rubric_source import Level
from qa_service.errors import InputError
from qa_service.services.lint import rubric_of
from qa_service.services.rubric_diff import Comparison, Talk, compared, stored_talks

router = APIRouter(prefix="/rubrics", route_class=Door)

_YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain")
_EXAMPLE = """rubric: chat-support
version: 1
channel: chat
title: {en: Chat support}
sections:
  - id: closing
    title: {en: Closing}
    weight: 10
    criteria:
      - id: further_help
        question: {en: Did the agent offer further help?}
        weight: 5
        detect: {said: {by: agent, phrases: [anything else], within: last 40%}}
"""


#: For operations that take a rubric.
YAML_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {one: {"schema": {"type": "string"}, "example": _EXAMPLE} for one in _YAML}}
}


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RubricSummary(_Shown):
    """A rubric in a list."""

    #: Id of the rubric, the same in every version.
    rubric: str
    #: Version.
    version: int
    #: The channel it judges.
    channel: Channel
    #: Name, by language.
    title: Localised
    #: SHA-256 over its content.
    fingerprint: str
    #: Number of criteria.
    criteria: int

    @classmethod
    def of(cls, rubric: Rubric) -> Self:
        """Of a whole one."""
        return cls(
            rubric=rubric.rubric, version=rubric.version, channel=rubric.channel, title=rubric.title, fingerprint=rubric.fingerprint,
            criteria=len(rubric.criteria),
        )


class RubricList(_Shown):
    """The rubrics in force."""

    #: By id.
    items: tuple[RubricSummary, ...]


class CriterionView(_Shown):
    """One question of a rubric."""

    #: Unique in the rubric.
    id: str
    #: What is asked, by language.
    question: Localised
    #: Points at stake.
    weight: float
    #: Points are percent points on top of the total instead.
    bonus: bool = False
    #: What a miss harms.
    severity: Severity
    #: What a coach would practise.
    skill: Skill | None = None
    #: Possible answers, beside ``not_applicable``.
    options: tuple[Option, ...]
    #: Answers to other criteria with which this one is asked.
    asked_when: dict[str, tuple[str, ...]] | None = None
    #: The opportunity, in the rubric language.
    applies_when: dict[str, Any] | None = None
    #: What decides, in the rubric language; null leaves it to a person.
    detect: dict[str, Any] | None = None
    #: Bands over a signal that choose an option.
    numeric: Numeric | None = None
    #: When a person must look.
    review: ReviewPolicy
    #: Advice for the agent who missed it, by language.
    coach: Localised | None = None


class SectionView(_Shown):
    """Criteria that belong together."""

    #: Unique in the rubric.
    id: str
    #: Heading, by language.
    title: Localised
    #: Weight in the total.
    weight: float
    #: What a critical miss in this section does to the section's score.
    auto_fail: AutoFail
    #: The questions.
    criteria: tuple[CriterionView, ...]


class RubricView(_Shown):
    """A whole rubric."""

    #: Id of the rubric, the same in every version.
    rubric: str
    #: Version.
    version: int
    #: The channel it judges.
    channel: Channel
    #: Name, by language.
    title: Localised
    #: SHA-256 over its content.
    fingerprint: str
    #: Languages it serves; empty: whatever its phrases are in.
    languages: tuple[str, ...] = ()
    #: Settings of the form.
    settings: RubricSettings
    #: Named phrases, by language.
    phrases: dict[str, Any]
    #: The form.
    sections: tuple[SectionView, ...]

    @classmethod
    def of(cls, rubric: Rubric) -> Self:
        """Of the rubric itself."""
        return cls.model_validate({**rubric.as_data(), "fingerprint": rubric.fingerprint})


class LintFinding(_Shown):
    """One finding of lint."""

    #: ``error`` keeps the rubric from being used, ``warning`` does not.
    level: Level
    #: Line, from 1.
    line: int
    #: Column, from 1.
    column: int
    #: Dotted place in the rubric; empty for the whole.
    path: str
    #: What is wrong.
    message: str
    #: What to do.
    hint: str

    @classmethod
    def of(cls, fault: LintFault) -> Self:
        """Of a fault."""
        return cls(
            level=fault.level, line=fault.position.line, column=fault.position.column, path=fault.path, message=fault.message,
            hint=fault.hint,
        )


class LintReport(_Shown):
    """What lint found."""

    #: Whether the rubric could be used.
    valid: bool
    #: In the order of the file.
    faults: tuple[LintFinding, ...]


async def yaml_body(request: Request) -> str:
    """The body, a rubric in YAML."""
    media_type(request, _YAML)
    data = await request.body()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("the body is not UTF-8", field="body", line=line) from error


@router.get("", response_model=RubricList, responses=documented(401), summary="List the rubrics in force")
def list_rubrics(services: ServicesDep) -> RubricList:
    """One line each; there are few, so there are no pages."""
    return RubricList(items=tuple(RubricSummary.of(one) for one in services.rubrics.list()))


_READ: dict[int | str, dict[str, Any]] = {304: {"description": "You have it already"}, **documented(401, 404, 422)}


@router.get("/{rubric}", response_model=RubricView, responses=_READ, summary="Read a rubric")
def get_rubric(services: ServicesDep, response: Response, rubric: Id, if_none_match: IfNoneMatch = None) -> Any:
    """Its newest version, with all sections, criteria and phrases."""
    return _shown(services.rubrics.get(rubric), response, if_none_match)


@router.get("/{rubric}/versions/{version}", response_model=RubricView, responses=_READ, summary="Read a version of a rubric")
def get_rubric_version(
    services: ServicesDep, response: Response, rubric: Id, version: Annotated[int, InPath(ge=1, le=1_000_000)],
    if_none_match: IfNoneMatch = None,
) -> Any:
    """A version that was used never changes."""
    return _shown(services.rubrics.get(rubric, version), response, if_none_match)


@router.post(
    "/lint", response_model=LintReport, responses=documented(401, 413, 415, 422), summary="Check a rubric",
    openapi_extra=YAML_BODY,
)
def lint_rubric(services: ServicesDep, text: Annotated[str, Depends(yaml_body)]) -> LintReport:
    """Every fault of a rubric in YAML with line, column and hint; nothing is stored."""
    faults = services.rubrics.lint(text, file="rubric.yaml")
    return LintReport(valid=all(one.level is not Level.ERROR for one in faults), faults=tuple(LintFinding.of(one) for one in faults))


@router.post(
    "/diff", response_model=Comparison, responses=documented(401, 404, 413, 415, 422), summary="Compare a rubric with a stored version",
    openapi_extra=YAML_BODY,
)
def diff_rubric(
    services: ServicesDep, who: ActorDep, text: Annotated[str, Depends(yaml_body)],
    version: Annotated[int | None, Query(ge=1, le=1_000_000, description="Stored version; the newest unless told.")] = None,
    last: Annotated[int, Query(ge=0, le=200, description="Judge so many of the last scored interactions by both; 0: forms only.")] = 50,
    interaction: Annotated[
        str | None, Query(min_length=1, max_length=200, pattern=LINE, description="Judge this one by both, instead of the last.")
    ] = None,
) -> Comparison:
    """What a new version (YAML in the body) changes in the form, and whose score would change and why; nothing is stored."""
    catalogue, settings = services.analysis.catalogue, services.settings
    new = rubric_of(text, file="rubric.yaml", catalogue=catalogue)
    old = services.rubrics.get(new.rubric, version)
    talks = stored_talks(services.database, new, limit=last) if last else None
    if interaction is not None:
        within = who.scope(Right.READ_INTERACTIONS)
        stored = services.interactions.get(interaction, within=within)
        talks = [Talk(stored.interaction, services.interactions.transcript(interaction, within=within))]
    return compared(old, new, talks, analysis=services.analysis, decide_at=settings.decide_at)


def _shown(rubric: Rubric, response: Response, if_none_match: str | None) -> RubricView | Response:
    tag = etag(rubric.fingerprint)
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return RubricView.of(rubric)
