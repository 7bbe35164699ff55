"""Redaction: what is masked on the way in, and that every gold conversation is judged the same masked or not, now and again later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.redaction import Case
from qa_service.bootstrap import rubrics_dir
from qa_service.channels import Conversation
from qa_service.channels.conversation import parse_conversation
from qa_service.channels.sidecar import read_sidecar
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.pre_score import pre_score
from qa_service.domain.redaction import Kind, Span
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.errors import ConfigurationError
from qa_service.services.lint import load_rubric
from qa_service.services.redaction import Redactor, redacted_kinds
from qa_service.settings import load_settings

ROOT = Path(__file__).parents[2]
GOLD = (ROOT / "scorecards", *(ROOT / "tests" / "conversations" / part for part in ("tuned", "half_tuned", "locked")))


def gold() -> Iterator[Conversation]:
    """Every conversation with answers by people, and the recordings by their reference transcripts."""
    for folder in GOLD:
        for path in sorted(folder.rglob("*.conversation.json")):
            yield parse_conversation(path.read_bytes(), file=path)
    for path in sorted((ROOT / "audio_fixtures").glob("*.json")):
        header = read_sidecar(path, describes=path)
        if header.reference is not None:
            yield Conversation(interaction=header.interaction, transcript=header.reference)


@pytest.fixture(scope="module")
def rubrics(analysis: Analysis) -> dict[Channel, Rubric]:
    files = sorted(rubrics_dir(load_settings()).glob("*.yaml"))
    return {rubric.channel: rubric for rubric in (load_rubric(file, catalogue=analysis.catalogue) for file in files)}


def judged(analysis: Analysis, rubric: Rubric, one: Conversation) -> tuple[Transcript, dict[str, Suggestion]]:
    reading = analysis.read(one.interaction, one.transcript, rubric=rubric)
    found = pre_score(rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings)
    return reading.transcript, found


def test_gold_is_judged_the_same_masked_or_not_and_again_later(analysis: Analysis, rubrics: dict[Channel, Rubric]) -> None:
    redactor = Redactor()
    differ: list[Any] = []
    placeholders = conversations = 0
    for one in gold():
        rubric = rubrics[one.interaction.channel]
        _, plain = judged(analysis, rubric, one)
        masked = redactor.conversation(one).conversation
        stored, first = judged(analysis, rubric, masked)
        # As it comes back from the store, for another rubric or engine.
        again = Transcript.model_validate_json(stored.model_dump_json())
        _, later = judged(analysis, rubric, Conversation(interaction=masked.interaction, transcript=again))
        conversations += 1
        placeholders += len(masked.transcript.redactions or ())
        before, after = ({name: found.answer for name, found in some.items()} for some in (plain, first))
        differ += [(one.interaction.id, name, before[name], after[name]) for name in before if before[name] != after[name]]
        assert later == first, one.interaction.id
        for piece in (piece for suggestion in first.values() for piece in suggestion.evidence if piece.start is not None):
            assert stored.turns[piece.turn or 0].text[piece.start : piece.end] == piece.quote
    assert differ == []
    assert conversations >= 250
    assert placeholders >= 400, "the gold holds personal data"


def contact(*said: str, **header: Any) -> Conversation:
    turns = tuple(Turn(speaker=(Speaker.AGENT, Speaker.CUSTOMER)[at % 2], text=text) for at, text in enumerate(said))
    return Conversation(interaction=Interaction(id="c", channel=Channel.CHAT, language="en", **header), transcript=Transcript(turns=turns))


def test_an_agent_keeps_the_name_that_the_source_tells() -> None:
    said = ("Dear Mr Prescott,\nit is on its way.\n\nKind regards,\nSara Boyle", "Thanks Sara,\nDawn Prescott")
    mail = contact(*said, agent=AgentRef(id="a", name="Sara Boyle"))
    texts = [turn.text for turn in Redactor().conversation(mail).conversation.transcript.turns]
    assert texts == ["Dear Mr [NAME],\nit is on its way.\n\nKind regards,\nSara Boyle", "Thanks Sara,\n[NAME]"]


def test_what_was_taken_out_stands_beside_its_place() -> None:
    found = Redactor().conversation(contact("Your phone number?", "It's 07700 900 123.", subject="Call 07700 900 123"))
    (taken,) = found.originals.taken
    (told,) = found.conversation.transcript.redactions or ()
    assert taken.text == "07700 900 123"
    assert dict(told) == {name: value for name, value in dict(taken).items() if name != "text"}
    assert (told.kind, told.turn, told.start, told.end, told.words) == (Kind.PHONE, 1, 5, 12, 3)
    assert (found.conversation.interaction.subject, found.originals.subject) == ("Call [PHONE]", "Call 07700 900 123")


@pytest.mark.parametrize(
    ("metadata", "masked"),
    [
        ({}, {}),
        ({"campaign": "spring", "order": 42, "vip": True, "score": None}, {"campaign": "spring", "order": 42, "vip": True, "score": None}),
        ({"customer_name": "Dawn Prescott", "agent_name": "Sara"}, {"customer_name": "[NAME]", "agent_name": "Sara"}),
        ({"mobile": 447700900123, "e-mail": "x"}, {"mobile": "[PHONE]", "e-mail": "[EMAIL]"}),
        ({"note": "mail d@mail.example", "all": ["d@mail.example", 3]}, {"note": "mail [EMAIL]", "all": ["[EMAIL]", 3]}),
        ({"agents": ["sara@shop.example"]}, {"agents": ["sara@shop.example"]}),
        ({"کارت": "۶۰۳۷۹۹۱۸۹۹۹۹۹۹۹۳"}, {"کارت": "[CARD]"}),
    ],
)
def test_metadata(metadata: dict[str, Any], masked: dict[str, Any]) -> None:
    interaction, before = Redactor().interaction(contact("Hello").interaction.model_copy(update={"metadata": metadata}))
    assert interaction.metadata == masked
    assert before.metadata == (None if metadata == masked else metadata)


@pytest.mark.parametrize(
    ("setting", "kinds"),
    [("on", set(Kind)), ("off", set()), ("card, cvv", {Kind.CARD, Kind.CVV}), (" ON ", set(Kind)), ("national_id", {Kind.NATIONAL_ID})],
)
def test_kinds_of_the_setting(setting: str, kinds: set[Kind]) -> None:
    assert redacted_kinds(setting) == kinds


@pytest.mark.parametrize("setting", ["", "cards", "on,card", "card;iban"])
def test_a_kind_that_nobody_knows(setting: str) -> None:
    with pytest.raises(ConfigurationError, match="kind of personal data") as caught:
        redacted_kinds(setting)
    assert caught.value.field == "QA_REDACTION"


def test_only_the_kinds_that_are_wanted() -> None:
    said = contact("Your card?", "4539 1488 0343 6467, and d@mail.example.")
    texts = [turn.text for turn in Redactor({Kind.EMAIL}).conversation(said).conversation.transcript.turns]
    assert texts == ["Your card?", "4539 1488 0343 6467, and [EMAIL]."]


def test_off_gives_back_what_it_got() -> None:
    said = contact("Your card?", "4539 1488 0343 6467", subject="d@mail.example", metadata={"phone": "1"})
    found = Redactor(()).conversation(said)
    assert found.conversation is said
    assert found.originals.empty
    assert found.conversation.transcript.redactions is None


def test_a_recognizer_of_names_is_asked_besides() -> None:
    def zorblax(case: Case) -> Iterator[Span]:
        for index, turn in enumerate(case.turns):
            at = turn.text.find("Zorblax")
            if at >= 0:
                yield Span(index, at, at + 7, Kind.NAME, 0.9)

    said = contact("Hello", "the zed went to Zorblax yesterday")
    assert Redactor(names=zorblax).conversation(said).conversation.transcript.turns[1].text == "the zed went to [NAME] yesterday"
    assert Redactor({Kind.CARD}, names=zorblax).conversation(said).conversation.transcript.turns[1].text == said.transcript.turns[1].text
