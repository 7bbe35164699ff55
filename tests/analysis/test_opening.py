"""Company and agent's name in the first words of a call."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.opening import Opening
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([Opening()])


def signals(*lines: tuple[Speaker, str], language: str, agent: str | None = None) -> dict[str, float | None]:
    turns = tuple(
        Turn(speaker=speaker, text=text, start_ms=i * 4000, end_ms=i * 4000 + 3000, language=language)
        for i, (speaker, text) in enumerate(lines)
    )
    interaction = Interaction(id="x", channel=Channel.PHONE, language=language, agent=AgentRef(id="a1", name=agent) if agent else None)
    return {name: signal.value for name, signal in ANALYSIS.read(interaction, Transcript(turns=turns, language=language)).signals.items()}


@pytest.mark.parametrize(
    ("language", "opening", "company", "name"),
    [
        ("en", "good morning thank you for calling blue ridge credit union this is amanda how can i help", 1, 1),
        ("en", "Hi there, you're speaking with Daniel at Fernhill Dental.", 1, 1),
        ("en", "Hi, this is Omar calling from TransGulf Logistics about your delivery, is now a good time?", 1, 1),
        ("en", "Vodaline, how can I help?", 1, 0),
        ("en", "HMRC, good morning.", 1, 0),
        ("en", "Thanks for calling. How can I help you?", 0, 0),
        ("en", "Customer service, Priya speaking, how may I help?", 0, 1),
        ("en", "Help desk, this is Sam.", 0, 1),
        ("en", "Hello, is that Mrs Patel? I'm calling about your claim.", 0, 0),
        ("en", "hello thanks for holding sorry about the wait how can i help", 0, 0),
        ("fa", "سلام وقت بخیر، شرکت پخش آرمان، محمدی هستم در خدمتم", 1, 1),
        ("fa", "سلام، بیمه دانا بفرمایید", 1, 0),
        ("fa", "پشتیبانی فنی، احمدی هستم، بفرمایید", 0, 1),
        ("fa", "خدمات مشتریان، بفرمایید مشکلتون چیه", 0, 0),
        ("ar", "السلام عليكم، معك سارة من بنك الأمل، كيف أقدر أساعدك؟", 1, 1),
        ("ar", "صباح الخير، فودافون، إزاي أقدر أساعدك", 1, 0),
        ("ar", "خدمة العملاء، معك أحمد، تفضل", 0, 1),
        ("ar", "الدعم الفني، آمر", 0, 0),
    ],
)
def test_names(language: str, opening: str, company: int, name: int) -> None:
    read = signals((Speaker.AGENT, opening), (Speaker.CUSTOMER, "one two three four"), language=language)
    assert read == {"opening.company": company, "opening.agent_name": name}


def test_a_known_name_is_recognised_when_misheard() -> None:
    assert signals((Speaker.AGENT, "hello raghaw here how may i assist"), language="en", agent="Raghav")["opening.agent_name"] == 1


def test_a_persian_name_that_carries_the_verb() -> None:
    read = signals((Speaker.AGENT, "بیمه‌ی سرو، سلام، کامیاب یزدان‌پناهم"), language="fa", agent="کامیاب یزدان‌پناه")
    assert read == {"opening.company": 1, "opening.agent_name": 1}


def test_the_company_may_come_after_the_customers_hello() -> None:
    lines = ((Speaker.AGENT, "hello"), (Speaker.CUSTOMER, "hi"), (Speaker.AGENT, "this is harper valley national bank"))
    assert signals(*lines, language="en")["opening.company"] == 1


def test_later_sentences_name_no_company() -> None:
    lines = ((Speaker.AGENT, "hello"), (Speaker.CUSTOMER, "my parcel is lost again"), (Speaker.AGENT, "swiftline lost it then"))
    assert signals(*lines, language="en")["opening.company"] == 0


def test_unmeasured_without_the_agents_words_or_lists() -> None:
    nothing = {"opening.company": None, "opening.agent_name": None}
    assert signals((Speaker.CUSTOMER, "hello"), language="en") == nothing
    assert signals((Speaker.AGENT, "bonjour"), language="fr") == nothing
