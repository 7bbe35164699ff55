"""Details said back, and clarifying questions."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.restating import Restating
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([Restating()])
WHO = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER}


def value(name: str, *lines: str, language: str) -> float | None:
    turns = tuple(Turn(speaker=WHO[line[0]], text=line[2:], language=language) for line in lines)
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.CHAT, language=language), Transcript(turns=turns, language=language))
    return read.signals[name].value


@pytest.mark.parametrize(
    ("language", "lines", "count"),
    [
        ("en", ("C:the amount is one hundred twenty two dollars", "A:one hundred and twenty two dollars"), 1),
        ("en", ("C:wednesday please", "A:wednesday"), 0),  # one word that is no number is as likely an answer
        ("en", ("C:flight 482 from Lisbon", "A:so that's flight 482 from Lisbon, right?"), 1),
        ("en", ("C:move me to Thursday with breakfast", "A:So you'd like Thursday, with breakfast", "C:yes exactly"), 1),
        ("en", ("C:cancel the gym membership", "A:Let me read that back to you."), 0),  # nothing read back yet
        ("en", ("C:my number is 5550142", "A:Can I read that back? 5550142"), 1),
        ("en", ("C:it says delivered", "A:it says delivered"), 0),  # an answer in the same words
        ("en", ("C:I live at 31 Hazel Lane", "A:Hazel Lane. Well, nobody was in."), 0),  # one thing, and then news
        ("en", ("C:ticket 77104, seat by the aisle", "A:77104, I have it here, seat twelve"), 1),
        ("fa", ("C:مشکل داره", "A:دیگه همینه، کاریش نمی‌شه کرد"), 0),  # agrees, asks nothing
        ("en", ("C:one hundred and six dollars", "A:okay one hundred and six dollars has been transferred"), 0),  # news, not a question
        ("en", ("C:transfer 106 dollars to savings", "A:it is done, 106 dollars has been transferred to savings"), 0),
        ("en", ("C:i need to check my account", "A:which account would you like to check"), 0),
        ("en", ("C:hi my name is mary smith", "A:hi mary smith what can i do"), 0),  # a name said back is a courtesy
        ("fa", ("C:آدرس جدید بلوار نسترن پلاک بیست", "A:بلوار نسترن، پلاک بیست، درست شنیدم؟"), 1),
        ("fa", ("C:اینترنتم قطعه", "A:یه لحظه صبر کنید"), 0),
        ("ar", ("C:الحجز لثلاث ليالي من الخميس", "A:يعني ثلاث ليالي من الخميس، صح؟"), 1),
        ("ar", ("C:انقطعت المياه", "A:في أي حي؟"), 0),
    ],
)
def test_echo(language: str, lines: tuple[str, ...], count: int) -> None:
    assert value("echo.details", *lines, language=language) == count


@pytest.mark.parametrize(
    ("language", "question", "count"),
    [
        ("en", "Is it 16 on the label too, or just on the bag?", 1),
        ("en", "which of the two invoices do you mean", 1),
        ("en", "How can I help you today?", 0),
        ("en", "What's your order number and the postcode?", 0),
        ("en", "Is there anything else?", 0),
        ("en", "What's your order number? And which of the items came broken?", 1),
        ("en", "when he is back", 0),
        ("fa", "همه جا کنده یا فقط تو خونه؟", 1),
        ("fa", "شماره سفارش رو می‌فرمایید؟", 0),
        ("fa", "چه کمکی می‌تونم بکنم؟", 0),
        ("ar", "تحبين نبدله لك ولا ترجعين المبلغ؟", 1),
        ("ar", "ممكن رقم الطلب؟", 0),
        ("ar", "في شي ثاني؟", 0),
    ],
)
def test_clarifying(language: str, question: str, count: int) -> None:
    opening = {"en": "my thing is broken", "fa": "اینترنتم کنده", "ar": "الفستان مقاسه غلط"}[language]
    rest = ("C:x", "A:x", "C:x", "A:x", "C:x", "A:x")
    assert value("questions.clarifying", f"C:{opening}", f"A:{question}", *rest, language=language) == count


def test_a_question_before_the_customer_spoke_clarifies_nothing() -> None:
    assert value("questions.clarifying", "A:is it the red or the blue one?", "C:hello", "A:x", "C:x", language="en") == 0


def test_unmeasured_in_an_unknown_language() -> None:
    assert value("echo.details", "C:bonjour", "A:bonjour", language="fr") is None
