"""The form of an e-mail: whether it greets the customer by name, and whether it closes with a wish and a name.

Names are learnt from the thread (how the customer signs, how the agent is called); where nobody signs, the shape of the greeting
decides: a title or a greeting word followed by something that is no general form of address ("dear customer", "hi there").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qa_service.analysis.among import Among
from qa_service.analysis.base import Material
from qa_service.analysis.fold import Folded, fold
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.quoted import Line, own_lines
from qa_service.domain.finding import Hit, Query
from qa_service.domain.interaction import Channel
from qa_service.domain.redaction import PLACEHOLDER
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Words of a mail among which the greeting stands, words of the longest line that is a bare signature or a bare wish.
_HEAD, _SHORT = 9, 6
#: Words of a closing formula that no comma ends.
_FORMULA = 4
#: Last words of a mail in which the wish stands, whether or not it has a line of its own.
_TAIL = 40
_BREAK = re.compile(r"[\n,،؛;:!?؟]")
_NAME = re.compile(r"^[^\W\d_]['’\-]?[^\W\d_][^\W\d_'’\-]*$|^[^\W\d_]{2,}['’\-][^\W\d_]+$")
_CAPITAL = re.compile(r"^[A-Z]")
#: Between a person's name and their place in the company.
_ROLE = re.compile(r"(?<!\s)\s+[-–—|/]\s*|(?<!\s)\s*[|،]\s*|,\s+")
_ITEM = re.compile(r"^\s*(?:[-*•–—·]|\(?\w{1,2}[.)\-/])\s")
_SENTENCE = re.compile(r"[.?؟!…]\s*$")


class LetterForm:
    """Signals ``letter.salutation_by_name`` and ``letter.signed_off``."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("letter")
        self._generic = self._lexicon.words("general_address")
        self._titles = self._lexicon.words("title")
        self._honorifics = self._lexicon.words("honorific")
        self._greetings = self._lexicon.words("greeting")
        self._after = self._lexicon.words("title_after")
        self._teams = self._lexicon.words("team")

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """Both signals, for e-mail."""
        email = (Channel.EMAIL,)
        return (
            SignalSpec(
                name="letter.salutation_by_name", unit=Unit.FLAG, channels=email,
                method="1 when the agent's first mail opens with the name that the customer signs, or a name after a greeting or title",
            ),
            SignalSpec(
                name="letter.signed_off", unit=Unit.SHARE, channels=email,
                method="Share of the agent's mails that end with a wish or closing formula and a person's name",
            ),
        )

    @property
    def queries(self) -> tuple[Query, ...]:
        """The wishes; the other lists are compared word by word."""
        return tuple(query for query in self._lexicon.queries if query.key.endswith((".wish", ".thanks")))

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Nothing can be measured where the agent wrote no mail."""
        mails = [(index, list(own_lines(turn.text))) for index, turn in material.by(Speaker.AGENT) if turn.text.strip()]
        mails = [(index, lines) for index, lines in mails if lines]
        if material.interaction.channel is not Channel.EMAIL or not mails:
            return [Signal(name=spec.name, value=None) for spec in self.specs]
        return [self._salutation(material, mails[0][0]), self._signed(material, mails)]

    def _salutation(self, material: Material, index: int) -> Signal:
        text, language = material.transcript.turns[index].text, _language(material, index)
        folded = fold(text[: _HEAD * 14], language)
        known = self._customer_names(material)
        named = (at for at, word in enumerate(folded.words[:_HEAD]) if _named(word, known) and self._addressed(text, folded, at, language))
        place = next(named, None)
        sure = place is not None
        if place is None:
            place = self._by_shape(text, folded, language)
        name = "letter.salutation_by_name"
        if place is None:
            return Signal(name=name, value=0, confidence=0.9)
        places = (Place(turn=index, start=0, end=folded.spans[place][1]),)
        return Signal(name=name, value=1, places=places, confidence=0.97 if sure else 0.85)

    def _addressed(self, text: str, folded: Folded, at: int, language: str) -> bool:
        """Whether a name is called rather than mentioned: it opens the mail, follows a greeting or title, or a comma follows it."""
        openers = self._greetings.get(language, frozenset()) | self._titles.get(language, frozenset())
        last = at + 1 >= len(folded.words)
        return at == 0 or (language != "en" and at < 6) or folded.words[at - 1] in openers or last or _broken(text, folded, at)

    def _customer_names(self, material: Material) -> frozenset[str]:
        found: set[str] = set()
        for index, turn in material.by(Speaker.CUSTOMER):
            language = _language(material, index)
            for line in list(own_lines(turn.text))[-4:]:
                if line.words <= _SHORT and not _SENTENCE.search(line.text):
                    found.update(_possible_names(line.text, language, lower=line.words <= 2))
        return frozenset(found - self._everyday())

    def _everyday(self) -> set[str]:
        lists = (self._generic, self._titles, self._greetings, self._after, self._teams)
        return {word for one in lists for phrases in one.values() for phrase in phrases for word in phrase.split()}

    def _by_shape(self, text: str, folded: Folded, language: str) -> int | None:
        """Index of the word that stands where a name stands."""
        words = folded.words[:_HEAD]
        titles, greetings = self._titles.get(language, frozenset()), self._greetings.get(language, frozenset())
        generic = self._generic.get(language, frozenset()) | titles | greetings
        for at, word in enumerate(words):
            before = words[at - 1] if at and not _broken(text, folded, at - 1) else ""
            after = words[at + 1] if at + 1 < len(words) and not _broken(text, folded, at) else ""
            if not _NAME.match(word) or (word in generic and (before not in self._honorifics.get(language, frozenset()) or word in titles)):
                continue
            title = before in titles
            greeted = before in greetings and (not after or language == "en")
            if language == "en" and not _CAPITAL.match(text[folded.spans[at][0] :]):
                continue
            if title or greeted or after in self._after.get(language, frozenset()):
                return at
        return None

    def _signed(self, material: Material, mails: list[tuple[int, list[Line]]]) -> Signal:
        wishes = self._lexicon.hits(material, "wish", by=Speaker.AGENT)
        thanks = self._lexicon.hits(material, "thanks", by=Speaker.AGENT)
        places = []
        for index, lines in mails:
            alone = Among(Hit(index, line.start, line.end, 1.0) for line in lines if line.words <= _SHORT)
            told = [hit.start for hit in wishes if hit.turn == index]
            told += [hit.start for hit in thanks if hit.turn == index and alone.touches(index, hit.start, hit.start + 1)]
            start = self._closing(material, index, lines, sorted(told))
            if start is not None:
                places.append(Place(turn=index, start=start, end=lines[-1].end))
        return Signal(name="letter.signed_off", value=len(places) / len(mails), places=tuple(places), confidence=0.9)

    def _closing(self, material: Material, index: int, lines: list[Line], wishes: list[int]) -> int | None:
        """Where the closing starts, when there are both a wish and a name."""
        language = _language(material, index)
        names = self._name_lines(material, lines, language)
        if not names:
            return None
        border = _tail_start(lines)
        told = [start for start in wishes if start >= border]
        if told:
            return told[-1]
        return next((lines[at - 1].start for at in names if at > 1 and self._formula(lines, at, language)), None)

    def _formula(self, lines: list[Line], name: int, language: str) -> bool:
        """Whether the line above a name closes by its place: short, no statement; with a comma, or below a sentence that has ended."""
        at, text = name - 1, lines[name - 1].text
        if lines[at].words > _SHORT or re.search(r"[?؟:\d]", text) or _SENTENCE.search(text):
            return False
        if not set(fold(text, language).words).isdisjoint(fold(lines[name].text, language).words):
            return False  # the name itself, above a signature
        if text.rstrip().endswith((",", "،")):
            return True
        ended = lines[at].words <= _FORMULA and _SENTENCE.search(lines[at - 1].text) is not None
        return ended and _ITEM.match(text) is None and not self._teams_in(text, language)

    def _name_lines(self, material: Material, lines: list[Line], language: str) -> list[int]:
        """The last lines that hold the agent's name, else those that look like a person's, from the end."""
        agent = material.interaction.agent
        name = fold(agent.name, language).words if agent is not None and agent.name else ()
        known = frozenset(word for word in name if len(word) > 2) - self._teams.get(language, frozenset())
        found = []
        for at in range(len(lines) - 1, max(-1, len(lines) - 7), -1):
            words = fold(lines[at].text, language).words[-_SHORT * 2 :]
            if any(_known(word, known) for word in words) or (_MASKED in words and self._signs(lines[at].text, language)):
                found.append(at)
        return found or [at for at in range(len(lines) - 1, max(0, len(lines) - 5), -1) if self._looks_like_name(lines[at].text, language)]

    def _signs(self, text: str, language: str) -> bool:
        """Whether a line with a masked name signs a letter rather than opens one."""
        return not text.rstrip().endswith((",", "،")) and self._looks_like_name(text, language)

    def _looks_like_name(self, text: str, language: str) -> bool:
        """Alone on its line, or before what the person is ("Mona - Customer Care")."""
        text = _ROLE.split(text, maxsplit=1)[0]
        words = fold(text, language).words
        if not 1 <= len(words) <= 4 or re.search(r"[\d?؟!:@]", text) or text.rstrip().endswith((",", "،")):
            return False
        if self._teams_in(text, language) or _SENTENCE.search(text):
            return False
        return language != "en" or all(_CAPITAL.match(word) or PLACEHOLDER.match(word) for word in text.split())

    def _teams_in(self, text: str, language: str) -> bool:
        return not self._teams.get(language, frozenset()).isdisjoint(fold(text, language).words)


def _tail_start(lines: list[Line]) -> int:
    """First character of the last words of a mail."""
    text = "\n".join(line.text for line in lines)
    words = list(re.finditer(r"\S+", text))
    if len(words) <= _TAIL:
        return lines[0].start
    left = len(words) - _TAIL
    for line in lines:
        if left < line.words:
            return line.start + list(re.finditer(r"\S+", line.text))[left].start()
        left -= line.words
    return lines[-1].start


def _possible_names(line: str, language: str, *, lower: bool) -> Iterator[str]:
    """Words of a short last line that may be names: before any comma, without figures, in English capitalised unless ``lower``."""
    line = re.split(r"[,،|(]", line)[0]
    if re.search(r"\d", line):
        return
    folded = fold(line, language)
    for word, (start, _) in zip(folded.words, folded.spans, strict=True):
        if len(word) > 2 and word.isalpha() and (lower or language != "en" or _CAPITAL.match(line[start:])):
            yield word


def _broken(text: str, folded: Folded, at: int) -> bool:
    """Whether a comma, a line end or the like stands between a word and the next."""
    return _BREAK.search(text[folded.spans[at][1] : folded.spans[at + 1][0]]) is not None


#: A name in whose place a placeholder stands, folded.
_MASKED = "_name"


def _named(word: str, known: frozenset[str]) -> bool:
    """A known name, or one that is masked."""
    return word == _MASKED or _known(word, known)


def _known(word: str, known: frozenset[str]) -> bool:
    """With or without a Persian ending of one letter."""
    return word in known or (word[-1:] == "ی" and word[:-1] in known)


def _language(material: Material, index: int) -> str:
    return material.transcript.turns[index].language or material.transcript.language or "en"
