"""Personal data: what the agent asks for or writes out, and how much of it where everybody can read it.

Names, contact data, numbers of documents, accounts and orders count when they are asked for; e-mail addresses, telephone numbers, account
numbers and postal addresses count when they are written out, unless they are the company's own ("call us on ...").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qa_service.analysis.among import Among
from qa_service.analysis.asking import Asking
from qa_service.analysis.base import Material, places_of
from qa_service.analysis.fold import fold_characters
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.quoted import is_own
from qa_service.domain.finding import Hit, Query
from qa_service.domain.redaction import PLACEHOLDER, Kind
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Written-out data. The text is folded: lower case, one letter form, ASCII digits.
_WRITTEN = tuple(
    re.compile(source)
    for source in (
        r"[\w.+-]{1,64}@[\w-]{1,250}\.[a-z]{2,}",
        r"(?<![\w#-])(?:\+|00)?\d{1,3}[ -]?(?:\(\d{1,4}\)[ -]?)?(?:\d{2,4}[ -]?){1,4}\d{2,4}(?![\w-])",
        r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b",
        r"\b\d{1,4}[a-z]?,? (?:[a-z]+ ){1,3}"
        r"(?:street|st|road|rd|avenue|ave|lane|ln|close|drive|court|crescent|terrace|place|square|gardens|row|way|hill|grove|mews|park|walk)\b",
        r"(?:پلاک|واحد|کوچه|زنگ) \d+",
        r"(?:شارع|عمارة|عماره|شقة|شقه|بنایة|بنایه|مبنی|فیلا) [^\n.؟?!]{0,30}\d+",
        r"(?:کد ?ملی|الرقم القومی|رقم الهویه|کدملی)[^\n.؟?!]{0,15}\d{8,}",
    )
)
_FIGURE = re.compile(r"\d")
#: Kinds of data that count when they are written out, and are masked.
_MASKED = frozenset({Kind.PHONE, Kind.EMAIL, Kind.ADDRESS, Kind.IBAN, Kind.NATIONAL_ID})
#: Least digits of a written-out number that may belong to a person, and the characters around it that tell whose it is.
_DIGITS, _AROUND = 7, 60
#: Least digits of a number that is said to be the customer's, and the characters in which that stands before it.
_FEW, _BESIDE = 5, 30
#: Digits from which a number is a telephone's, an account's or a card's, however it begins.
_LONG = 10


class PersonalData:
    """Signals ``personal_data.agent_asks``, ``personal_data.agent_sends`` and ``personal_data.in_public``."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="personal_data.agent_asks", unit=Unit.COUNT,
            method="Personal details (name, contact, address, birth date, document, account or order number) that the agent asks for",
        ),
        SignalSpec(
            name="personal_data.agent_sends", unit=Unit.COUNT,
            method="E-mail and postal addresses, telephone and account numbers that the agent writes out, without the company's own",
        ),
        SignalSpec(
            name="personal_data.in_public", unit=Unit.COUNT,
            method="Of both, those in public turns; asking for them in a private message does not count",
        ),
        SignalSpec(
            name="personal_data.objected", unit=Unit.COUNT,
            method="Places where the customer minds, after a public answer, that everybody can read their data",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("personal_data")

    @property
    def queries(self) -> tuple[Query, ...]:
        """Names of details, requests, refusals, and words for private and public places."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Zero where the agent wrote nothing of the kind; nothing is public where turns are not marked."""
        asking = Asking(material, self._lexicon)
        asked = [hit for hit in self._lexicon.hits(material, "detail", by=Speaker.AGENT) if _own(material, hit) and asking.asked(hit)]
        sent = list(self._sent(material))
        private, here = (Among(self._lexicon.hits(material, f"{name}_place", by=Speaker.AGENT)) for name in ("private", "public"))
        public = [hit for hit in asked if _publicly(asking, hit, private, here)] + sent
        public = [hit for hit in public if material.transcript.turns[hit.turn].public]
        yield _count("personal_data.agent_asks", asked)
        yield _count("personal_data.agent_sends", sent)
        yield _count("personal_data.in_public", public)
        first = min((index for index, turn in material.by(Speaker.AGENT) if turn.public), default=None)
        minded = self._lexicon.hits(material, "objection", by=Speaker.CUSTOMER) if first is not None else []
        yield _count("personal_data.objected", [hit for hit in minded if first is not None and hit.turn > first])

    def _sent(self, material: Material) -> Iterator[Hit]:
        names = ("company", "detail", "theirs")
        ours, named, theirs = (Among(self._lexicon.hits(material, name, by=Speaker.AGENT)) for name in names)
        for index, turn in material.by(Speaker.AGENT):
            for start, end in _written(turn.text):
                told = named.lies(index, start - _AROUND, start)
                owned = theirs.lies(index, start - _BESIDE, start)
                hit = Hit(index, start, end, 1.0)
                if not _personal(turn.text[start:end], told=told, owned=owned) or not _own(material, hit):
                    continue
                if owned or not ours.lies(index, start - _AROUND, end + _AROUND // 2):
                    yield hit


def _publicly(asking: Asking, hit: Hit, private: Among, here: Among) -> bool:
    """Whether the answer is expected where everybody reads it: no private place is named, in the sentence or after it."""
    clause = asking.clause(hit)
    if private.lies(hit.turn, *clause):
        return False
    return here.lies(hit.turn, *clause) or hit.turn not in private


def _written(text: str) -> Iterator[tuple[int, int]]:
    """What may be data by its looks, or was and is masked; without a figure or an @ nothing else can."""
    yield from (match.span() for match in PLACEHOLDER.finditer(text) if match[1] in _MASKED)
    if "@" not in text and not _FIGURE.search(text):
        return
    folded = fold_characters(text)
    for pattern in _WRITTEN:
        yield from (match.span() for match in pattern.finditer(folded))


def _personal(written: str, *, told: bool, owned: bool) -> bool:
    """Whether it is data of a person: a street must have a capital, a number look like a telephone's or be named ("account 6021 7789");
    where it is said whose it is ("your file 55019"), few digits will do."""
    if "@" in written:
        return True
    if not re.search(r"[^\W\d_]{2}", written):
        digits = re.sub(r"\D", "", written)
        if owned and len(digits) >= _FEW:
            return True
        return len(digits) >= _DIGITS and (told or len(digits) >= _LONG or written.startswith(("0", "+", "555", "۰", "٠", "۵۵۵", "٥٥٥")))
    return not re.match(r"\d+[a-z]?,? [a-z]", written) or re.search(r"[A-Z]", written) is not None


def _own(material: Material, hit: Hit) -> bool:
    """Whether the agent wrote it, rather than quoted it from the customer's mail."""
    return is_own(material.transcript.turns[hit.turn].text, hit.start, hit.start + 1)


def _count(name: str, hits: list[Hit]) -> Signal:
    return Signal.counted(name, places_of(hits), confidence=0.9)
