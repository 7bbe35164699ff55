"""Commitments: who promises what by when, at the places of the promise signals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.commitments import commitments, what_of, who_of
from qa_service.analysis.promises import Promises
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.promise import Commitment, Promiser
from qa_service.domain.transcript import Transcript
from tests.analysis.conftest import turns

STARTED = datetime(2026, 11, 4, 14, 30, tzinfo=UTC)
AGENT, COMPANY, TEAM, TECHNICIAN = Promiser.AGENT, Promiser.COMPANY, Promiser.TEAM, Promiser.TECHNICIAN


@pytest.fixture(scope="module")
def made() -> Callable[..., tuple[Commitment, ...]]:
    analysis = Analysis([Promises()])

    def read(*lines: str, language: str = "en", started_at: datetime | None = STARTED, channel: Channel = Channel.CHAT) -> Any:
        transcript = Transcript(turns=turns(*lines), language=language)
        reading = analysis.read(Interaction(id="x", channel=channel, language=language), transcript)
        return commitments(reading.transcript, reading.signals, started_at=started_at, zone=UTC)

    return read


@pytest.mark.parametrize(
    ("language", "text", "who"),
    [
        ("en", "I'll ring you back tomorrow.", AGENT),
        ("en", "I will personally send it today.", AGENT),
        ("en", "We will refund you within 5 days.", COMPANY),
        ("en", "Your money will be refunded on Friday.", COMPANY),
        ("en", "Our accounts team will call you tomorrow.", TEAM),
        ("en", "I'll have the manager email you today.", TEAM),
        ("en", "If she agrees I'll ring you tomorrow.", AGENT),
        ("en", "A technician is going to visit you on Monday.", TECHNICIAN),
        ("fa", "فردا خودم بهتون زنگ می‌زنم.", AGENT),
        ("fa", "ظرف دو روز واریز می‌کنیم.", COMPANY),
        ("fa", "همکارانم فردا با شما تماس می‌گیرند.", TEAM),
        ("fa", "تکنسین ما شنبه میاد.", TECHNICIAN),
        ("ar", "سأتصل بك غداً.", AGENT),
        ("ar", "سنعيد لك المبلغ خلال يومين.", COMPANY),
        ("ar", "الفني سيزورك يوم الأحد.", TECHNICIAN),
        ("ar", "قسم المحاسبة سيتواصل معك غداً.", TEAM),
        ("de", "Wir rufen Sie an.", COMPANY),
    ],
)
def test_who(language: str, text: str, who: Promiser) -> None:
    assert who_of(text, language) is who


@pytest.mark.parametrize(
    ("language", "text", "what"),
    [
        ("en", "Thanks for waiting, I'll call you back by five today, okay", "I'll call you back by five today"),
        ("en", "We are busy but I will send you the form tomorrow", "but I will send you the form tomorrow"),
        ("fa", "ممنون از صبرتون، فردا صبح باهاتون تماس می‌گیرم.", "فردا صبح باهاتون تماس می‌گیرم."),
        ("ar", "شكراً لصبرك، سنتواصل معك خلال 24 ساعة.", "سنتواصل معك خلال 24 ساعة."),
    ],
)
def test_what(language: str, text: str, what: str) -> None:
    assert what_of(text, language) == what


def test_time_of_the_sentence_and_of_its_neighbours(made: Any) -> None:
    own, beside = made("C: It is broken.", "A: We will refund the full amount within 5 working days.", "C: And then?") + made(
        "C: It is broken.", "A: I'll call you back. It will be before noon tomorrow.", "C: Thanks."
    )
    assert (own.turn, own.position, own.contact, own.due_until) == (1, 0, False, datetime(2026, 11, 12, tzinfo=UTC))
    assert (beside.contact, beside.due_until) == (True, datetime(2026, 11, 5, 12, tzinfo=UTC))


def test_vague_promise_has_no_date(made: Any) -> None:
    (promise,) = made("C: It is broken.", "A: I'll call you back as soon as possible.", "C: Fine.")
    assert (promise.due_from, promise.due_until, promise.who) == (None, None, AGENT)


def test_nothing_is_dated_without_a_start(made: Any) -> None:
    (promise,) = made("C: It is broken.", "A: I'll call you back tomorrow.", started_at=None)
    assert promise.due_until is None


def test_spoken_promise_counts_from_when_it_was_said(made: Any) -> None:
    (promise,) = made(
        "C 0-2: my lamp is broken", "A 600-604: i will call you back within two hours", channel=Channel.PHONE
    )
    assert promise.due_until == datetime(2026, 11, 4, 16, 40, tzinfo=UTC)


def test_language_without_signals_promises_nothing(made: Any) -> None:
    assert made("A: Wir rufen Sie morgen an.", language="de") == ()
