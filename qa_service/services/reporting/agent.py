"""An agent's report: what they are good at, what to practise, how sure that is, and what to listen to."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import NamedTuple

from qa_service.domain.agent import LEAST
from qa_service.domain.coaching_plan import CoachingPlan
from qa_service.domain.profile import AgentProfile
from qa_service.domain.report import Amount, Block, Facts, Report, ReportKind, ReportPeriod, Section, Term, Unit
from qa_service.domain.swot import Swot
from qa_service.services.reporting import parts, standings
from qa_service.services.reporting.outlook import outlook, practised


class AgentTold(NamedTuple):
    """What is known of an agent in a period."""

    profile: AgentProfile
    questions: standings.Questions
    #: Opportunities and threats, for those who may see why customers are in contact.
    swot: Swot | None = None
    #: What is practised, for those who may see it.
    plan: CoachingPlan | None = None


def agent_report(told: AgentTold, *, period: ReportPeriod, zone: tzinfo, at: datetime) -> Report:
    """The agent in the period; without data it says so and claims nothing."""
    profile = told.profile
    about = [parts.fact("id", parts.said(profile.agent.id))]
    if profile.agent.team is not None:
        about.append(parts.fact("team", parts.said(profile.agent.team)))
    sections = (
        parts.section("summary", _summary(profile), parts.notes("summary_notes", _remarks(profile))),
        *(_told(told, zone) if profile.criteria else ()),
        *outlook(told.swot), *practised(told.plan, told.questions),
        parts.section("notes", parts.notes("notes", _reading())),
    )
    return parts.finished(Report(
        kind=ReportKind.AGENT, subject=parts.said(profile.agent.name or profile.agent.id), about=tuple(about), period=period,
        zone=str(zone), made_at=at, sections=sections,
    ))  # fmt: skip


def _summary(profile: AgentProfile) -> Facts:
    disputes = profile.disputes
    return Facts(id="summary", items=(
        parts.fact("score", Amount(value=profile.mean_score, unit=Unit.SCORE, n=profile.finals)),
        parts.fact("finals", parts.count(profile.finals)), parts.fact("drafts", parts.count(profile.drafts)),
        parts.fact("automatic", parts.count(profile.automatic)), parts.fact("peers", parts.count(profile.peers.agents)),
        parts.fact("disputes", parts.count(disputes.opened)), parts.fact("accepted", parts.count(disputes.accepted)),
        parts.fact("unread", parts.count(profile.acknowledged.unread)),
    ))  # fmt: skip


def _remarks(profile: AgentProfile) -> list[Term]:
    if profile.finals == 0:
        return [parts.term("note.no_data")]
    return [parts.term("note.few", n=parts.count(profile.finals))] if profile.finals < LEAST else []


def _reading() -> list[Term]:
    return [parts.term(f"note.{one}") for one in ("finals_only", "claims", "colleagues", "cannot_tell", "order")]


def _told(told: AgentTold, zone: tzinfo) -> list[Section]:
    profile, questions = told.profile, told.questions
    found: list[tuple[str, Block | None]] = [
        ("strengths", standings.criteria("strengths", profile.strengths, questions, empty=parts.term("empty.strengths"))),
        ("weaknesses", standings.criteria("weaknesses", profile.weaknesses, questions, empty=parts.term("empty.weaknesses"))),
        ("totals", standings.totals(profile.totals) if profile.totals else None),
        ("skills", standings.skills(profile.skills) if profile.skills else None),
        ("families", standings.families(profile.families) if profile.families else None),
        ("trend", standings.courses(profile.courses, zone=zone)),
        ("evidence", standings.evidence(profile.weaknesses, profile.strengths, questions)),
        ("criteria", standings.criteria("criteria", profile.criteria, questions, empty=parts.term("empty.data"))),
    ]
    return [parts.section(name, block) for name, block in found if block is not None]
