"""Secrets in writing: the agent asks for, or sends, a full card number, a password, a PIN or a one-time code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qa_service.analysis.asking import Asking
from qa_service.analysis.base import Material
from qa_service.analysis.fold import fold_characters
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.quoted import is_own
from qa_service.domain.finding import Query
from qa_service.domain.redaction import PLACEHOLDER, Kind
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: A name of a secret, and what follows it; the value must hold a figure, or a capital among small letters.
_NAMES = (
    r"(?:password|passcode|pass ?word|otp|pin(?: code| number)?|one[- ]time (?:code|password)|verification code|security code|cvv2?|cvc)"
    r"|(?:رمز(?: عبور| ورود| موقت| پویا| دوم| اول| یکبار مصرف)?|پسورد|گذرواژه|کلمه(?:‌ی)? عبور|کد تایید|پین)"
    r"|(?:کلمه (?:المرور|السر)|کلمه سر|(?:ال)?باسوو?رد|(?:ال)?رقم (?:ال)?سری"
    r"|رمز (?:التحقق|الدخول|المرور|التاکید|التفعیل|الامان|cvv)|کود التحقق)"
)
_SENT = re.compile(
    rf"\b(?:{_NAMES})\b[^\n.!?؟:=]{{0,40}}?"
    r"(?:\s*[:=]\s*|\s(?:is|was|هست|هو|هی|شما|لک)\s+|\s)(?P<value>[a-z0-9][\w@#$%&*+!-]{3,})"
)
_CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")


class SensitiveData:
    """Signals ``sensitive_data.asked`` and ``sensitive_data.sent``."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("sensitive_data")

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """Two counts, for every channel."""
        return (
            SignalSpec(
                name="sensitive_data.asked", unit=Unit.COUNT,
                method="Full card numbers, card codes, passwords, PINs and one-time codes that the agent asks for; warnings do not count",
            ),
            SignalSpec(
                name="sensitive_data.sent", unit=Unit.COUNT,
                method="Passwords, codes and card numbers (with a right check digit) that the agent writes out",
            ),
        )

    @property
    def queries(self) -> tuple[Query, ...]:
        """Names of secrets, requests and refusals."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Zero where the agent wrote nothing of the kind."""
        asking = Asking(material, self._lexicon)
        secrets = self._lexicon.hits(material, "secret", by=Speaker.AGENT)
        asked = [hit for hit in secrets if _own(material, hit.turn, hit.start) and asking.asked(hit)]
        sent = [
            Place(turn=index, start=start, end=end)
            for index, turn in material.by(Speaker.AGENT)
            for start, end in _sent(turn.text)
            if _own(material, index, start)
        ]
        places = tuple(Place(turn=hit.turn, start=hit.start, end=hit.end) for hit in asked)
        return [
            Signal(name="sensitive_data.asked", value=len(places), places=places, confidence=0.9),
            Signal(name="sensitive_data.sent", value=len(sent), places=tuple(sent), confidence=0.9),
        ]


def _own(material: Material, turn: int, start: int) -> bool:
    return is_own(material.transcript.turns[turn].text, start, start + 1)


def _sent(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in PLACEHOLDER.finditer(text) if match[1] in (Kind.CARD, Kind.CVV))
    folded = fold_characters(text)
    for match in _SENT.finditer(folded):
        value = text[match.start("value") : match.end("value")]
        if _secret(value):
            yield match.span()
    for match in _CARD.finditer(folded):
        if _check_digit(re.sub(r"\D", "", match.group())):
            yield match.span()


def _secret(value: str) -> bool:
    """Whether it looks like a code or password rather than a word or a span of time."""
    if re.fullmatch(r"cvv2|cvc2|pin2", value, re.IGNORECASE):
        return False
    if re.match(r"[^a-z]*[a-z].*[A-Z]", value) or re.search(r"[@#$%&*]", value):
        return True
    return re.search(r"\d", value) is not None and not re.fullmatch(r"\d{1,2}(?:am|pm|h|min|hours?|days?)?", value, re.IGNORECASE)


def _check_digit(digits: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1)."""
    figures = [int(digit) for digit in reversed(digits)]
    return (sum(figures[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in figures[1::2])) % 10 == 0
