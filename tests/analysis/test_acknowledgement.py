"""Whether the first answer takes up the issue."""

from __future__ import annotations

import pytest

from qa_service.analysis.acknowledgement import Acknowledgement
from qa_service.analysis.analysis import Analysis
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([Acknowledgement()])


def signals(language: str, customer: str, *answers: tuple[str, bool | None], channel: Channel = Channel.SOCIAL) -> dict[str, float | None]:
    public = True if channel is Channel.SOCIAL else None
    turns = [Turn(speaker=Speaker.CUSTOMER, text=customer, public=public)]
    turns += [Turn(speaker=Speaker.AGENT, text=text, public=shown) for text, shown in answers]
    read = ANALYSIS.read(Interaction(id="x", channel=channel, language=language), Transcript(turns=tuple(turns), language=language))
    return {name: signal.value for name, signal in read.signals.items()}


@pytest.mark.parametrize(
    ("language", "mail", "taken_up"),
    [
        ("en", "Hi Ann,\n\nI have looked into the double charge you mention.", True),
        ("en", "Dear Ann,\n\nThe fee is 4 pounds. It is charged monthly.", False),
        ("en", "Dear Ann, as per our terms and conditions returns are accepted for 14 days only.", False),
        ("en", "Dear Mr Holt,\n\nI am writing further to your email of 3 March about the leaking roof.", True),
        ("en", "Hello Sam,\n\nTo reset the router hold the button for ten seconds.", False),
        ("fa", "سلام خانم احمدی\nقیمت ۲۰۰ هزار تومان است.", False),
        ("fa", "سلام خانم احمدی\nایمیلتون رو خوندم، خیلی ناراحت شدم که بسته شکسته رسیده.", True),
        ("fa", "جناب راد\nطبق مقررات شرکت کالا فقط تا هفت روز برگردانده می‌شود.", False),
        ("ar", "الأستاذ سامر،\nالرسوم ٢٠ ريالاً شهرياً ولا يمكن إلغاؤها.", False),
        ("ar", "أخ سامر،\nقرأت رسالتك بعناية وأفهم انزعاجك من التأخير.", True),
    ],
)
def test_mail(language: str, mail: str, taken_up: bool) -> None:
    found = signals(language, "x", (mail, None), channel=Channel.EMAIL)
    assert bool(found["acknowledgement.first_reply"]) is taken_up
    assert found["acknowledgement.public"] is None


@pytest.mark.parametrize(
    ("language", "post", "taken_up"),
    [
        ("en", "Send us a DM with your order number and we will assist.", False),
        ("en", "We would be happy to help, please DM us your bag tag.", False),
        ("en", "Our team is here to help. Message us.", False),
        ("en", "We hear you, two cancellations in a week is too many. DM us your ticket?", True),
        ("fa", "سلام، جهت پیگیری لطفا دایرکت پیام بدید.", False),
        ("fa", "سلام، حق دارید، سه روز تاخیر اصلا قابل قبول نیست. کد سفارش رو دایرکت کنید.", True),
        ("ar", "أهلا، كلمنا على الخاص عشان نقدر نساعدك.", False),
        ("ar", "نعتذر عن تأخر شحنتك، راسلنا على الخاص برقم الطلب.", True),
    ],
)
def test_post(language: str, post: str, taken_up: bool) -> None:
    assert bool(signals(language, "x", (post, True))["acknowledgement.public"]) is taken_up


def test_only_the_first_public_answer_counts() -> None:
    private_first = signals("en", "bag lost", ("So sorry about the bag.", False), ("There is a message from me in your inbox.", True))
    assert private_first["acknowledgement.public"] == 0
    late = signals("en", "bag lost", ("Hi, please DM us.", True), ("So sorry about the bag.", True))
    assert late["acknowledgement.public"] == 0
    assert signals("en", "bag lost", ("So sorry.", False))["acknowledgement.public"] == 0


def test_words_of_the_customer_come_back() -> None:
    assert signals("en", "half the ramen was in the bag, not the bowl", ("Ramen belongs in bowls", True))["acknowledgement.echoed"] == 2
