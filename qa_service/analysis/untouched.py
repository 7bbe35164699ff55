"""Questions that the answer never touches: none of the words that say what a question is about comes back in any later answer.

Words are compared by their first letters, so that endings do not matter; Arabic, whose words also change at their beginning, and
Persian need longer questions before silence means anything. Answers in a list follow the questions' order without repeating their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.content import content_words
from qa_service.analysis.fold import fold
from qa_service.analysis.quoted import is_own, own_lines
from qa_service.analysis.sentences import sentences
from qa_service.domain.finding import Hit, Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: First letters by which two words are taken for the same.
_STEM = 4
#: Content words that a question needs, by language, before it counts.
_NEEDED = {"en": 2, "fa": 5, "ar": 6}
#: Lines of a list from which an answer is taken to go through the questions.
_LIST = 2
_MARKS = ("?", "؟")
#: A sentence that opens so answers by itself.
_PLAIN = re.compile(
    r"(?:^|[.!?؟:\n–—-]\s*)(?:yes|no|yep|nope|sure|certainly|absolutely|of course|unfortunately|i'm afraid|sadly"
    r"|بله|خیر|نه|متاسفانه|متأسفانه|نعم|لا|أكيد|طبعا|للأسف)\b",
    re.IGNORECASE,
)


class Untouched:
    """Signal ``questions.untouched``."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="questions.untouched", unit=Unit.COUNT, channels=(Channel.CHAT, Channel.EMAIL),
            method="Customer questions of which no content word comes back in a later answer; lists and a plain yes or no are trusted",
        ),
    )

    @property
    def queries(self) -> tuple[Query, ...]:
        """None."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Nothing can be measured on other channels."""
        if not material.covered or material.interaction.channel not in (Channel.CHAT, Channel.EMAIL):
            yield unmeasured("questions.untouched")
            return
        found = [hit for hit, about in self._asked(material) if not self._taken_up(material, hit.turn, about)]
        yield counted("questions.untouched", found, confidence=0.7)

    def _asked(self, material: Material) -> Iterator[tuple[Hit, frozenset[str]]]:
        for index, turn in material.by(Speaker.CUSTOMER):
            language = material.language(index)
            for start, end in sentences(turn.text):
                asks = turn.text[start:end].rstrip(" \n\t\"'”»)").endswith(_MARKS)
                if not asks or not is_own(turn.text, start, end):
                    continue
                about = content_words(fold(turn.text[start:end], language), language)
                if len(about) >= _NEEDED.get(language, 99):
                    yield Hit(index, start, end, 1.0), frozenset(word[:_STEM] for word in about)

    def _taken_up(self, material: Material, asked: int, about: frozenset[str]) -> bool:
        answers = [index for index, _ in material.by(Speaker.AGENT) if index > asked]
        return not answers or any(told is None or about & told for told in (_told_once(material, index) for index in answers))


def _told_once(material: Material, index: int) -> frozenset[str] | None:
    return material.once(f"untouched.{index}", lambda read: _told(read, index))


def _told(material: Material, index: int) -> frozenset[str] | None:
    """What an answer is about; ``None`` where it is a list or says yes or no, which is trusted."""
    text = material.transcript.turns[index].text
    listed = sum(line.text[:2].strip(" .)-–•*").isdigit() or line.text[:1] in "-–•*" for line in own_lines(text))
    if listed >= _LIST or _PLAIN.search(text):
        return None
    return frozenset(word[:_STEM] for word in content_words(material.folded(index), material.language(index)))
