"""Codes of services in words: every remark, reason and refusal has its message in every language."""

from __future__ import annotations

import pytest

from qa_service import errors
from qa_service.domain.dispute import DisputeOutcome
from qa_service.domain.pick_reason import PickCode
from qa_service.domain.proposal import ProposalState
from qa_service.domain.queue import Lane, SkipReason
from qa_service.domain.remark import RemarkCode
from qa_service.domain.report import ReportLanguage
from qa_service.domain.risk import Risk
from qa_service.domain.sampling_plan import Stratum
from qa_service.errors import AnswerError, ConflictError, DeadlineError, InputError, QaError, StaleVersionError
from qa_service.rendering.messages import catalogue
from qa_service.services.calibrated_gold import LeftOut
from qa_service.web.refusals import refusal

FAMILIES = {
    "remark.": RemarkCode, "pick.": PickCode, "pick_kind.": PickCode, "pick_group.": [*Stratum, "agent"], "lane.": Lane,
    "skipped_because.": SkipReason, "proposal.": ProposalState, "calibs.gold_": LeftOut, "disputes.outcome_": DisputeOutcome,
    "waiting.outcome_": DisputeOutcome,
}


@pytest.mark.parametrize("language", ReportLanguage)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_has_its_message(language: ReportLanguage, family: str) -> None:
    assert [one for one in FAMILIES[family] if f"{family}{one}" not in catalogue(language)] == []


def test_every_risk_can_be_a_reason() -> None:
    assert {one.value for one in Risk} <= {one.value for one in PickCode}


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (InputError("say why", field="reason"), "refusal.at.input_reason"),
        (InputError("no such thing", field="nothing.of.ours"), "refusal.input"),
        (AnswerError("no answer", field="greeting"), "refusal.answer"),
        # A case of another kind has its words where it has none of its own.
        (DeadlineError("over", field="agent"), "refusal.deadline"),
        (StaleVersionError("changed", field="If-Match"), "refusal.stale_version"),
        (ConflictError("left", field="agent"), "refusal.at.conflict_agent"),
        (QaError("something"), "refusal.input"),
    ],
)
def test_the_message_that_fits_best(error: QaError, key: str) -> None:
    assert refusal(error) == key


def test_every_kind_of_refusal_has_words() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, QaError)]
    assert all(refusal(kind("x")) in catalogue(ReportLanguage.FA) for kind in kinds)
