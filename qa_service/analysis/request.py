"""The request: the customer's first statements of why they are in contact, without greetings and without who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from qa_service.analysis.base import without_tags
from qa_service.analysis.content import content_words, is_number
from qa_service.analysis.fold import Folded, fold
from qa_service.analysis.language import LANGUAGES
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.meaning import sentence_spans
from qa_service.domain.transcript import Speaker, Transcript, Turn

#: Words that name things; a statement with fewer is no request ("in the mail", "yes please").
_SAYS_MUCH = 2
#: Turns of the customer that are looked at, and turns behind the first statement that may still belong to it.
_TURNS, _MORE = 8, 2
#: Statements, and words of all of them together.
_STATEMENTS, _WORDS = 3, 45
#: Share of the words of the shorter request that the other has too.
_SHARED = 0.5
#: Words of a name.
_NAME_WORDS = 2
#: Letters that are looked through at once.
_PIECE = 4000
_LEXICON = "request"


class Request(NamedTuple):
    """Why the customer is in contact, in the customer's words."""

    #: The statements, joined by blanks; masked as the transcript is.
    text: str
    #: Language of the first statement.
    language: str | None
    #: Turn of the first statement; ``None`` where the subject line is all there is.
    turn: int | None


def request_of(transcript: Transcript, *, subject: str | None = None) -> Request | None:
    """The request; ``None`` where the customer states none. The subject line of an e-mail counts as its first statement.

    Sentences count from the first one that says something besides greeting, introduction and courtesy; where a customer never says as
    much, the longest of the first sentences stands for it ("balance please").
    """
    said = list(_sentences(transcript))
    kept = list(_statements(said, transcript))
    if not kept and said:
        kept = [one for one in (max(said, key=lambda one: _weight(one[1], one[2])),) if _weight(one[1], one[2]) > 0]
    texts = [_begun(text, language) for _, text, language in kept]
    if subject and _weight(subject, transcript.language) > 0:
        texts.insert(0, subject.strip())
    if not texts:
        return None
    turn, _, language = kept[0] if kept else (None, "", transcript.language)
    return Request(" ".join(" ".join(texts).split()[:_WORDS]), language, turn)


_Said = tuple[int, str, str | None]
_Range = tuple[int, int]


def _sentences(transcript: Transcript) -> Iterator[_Said]:
    customer = [(at, turn) for at, turn in enumerate(transcript.turns) if _counts(turn)]
    for at, turn in customer[:_TURNS]:
        language = turn.language or transcript.language
        for start, end in sentence_spans(turn.text):
            yield at, " ".join(without_tags(turn.text[start:end]).split()), language


def _counts(turn: Turn) -> bool:
    return turn.speaker is Speaker.CUSTOMER and not turn.suspect and bool(turn.text.strip())


def _statements(said: list[_Said], transcript: Transcript) -> Iterator[_Said]:
    """From the first that says much, while the customer is still at it."""
    turns: list[int] = []
    words = found = 0
    for at, text, language in said:
        if turns and at not in turns and len(turns) > _MORE:
            return
        if at not in turns and (turns or _says_much(text, language)):
            if turns and _answers(transcript, turns[-1], at):
                return
            turns.append(at)
        if not _says_much(text, language):
            continue
        yield at, text, language
        words, found = words + len(text.split()), found + 1
        if found == _STATEMENTS or words >= _WORDS:
            return


def _answers(transcript: Transcript, before: int, at: int) -> bool:
    """Whether the agent said something in between: what follows answers it."""
    return any(turn.speaker is Speaker.AGENT and len(turn.text.split()) > _SAYS_MUCH for turn in transcript.turns[before + 1 : at])


def _says_much(text: str, language: str | None) -> bool:
    weight = _weight(text, language)
    if weight >= _SAYS_MUCH or not weight or language not in LANGUAGES:
        return weight >= _SAYS_MUCH
    return Lexicon(_LEXICON).pattern("_wish", language).search(fold(text, language).text) is not None


def _weight(text: str, language: str | None) -> int:
    """Words that name things, besides what precedes a request, numbers and personal data."""
    return len(content_of(text, language))


def content_of(text: str, language: str | None) -> frozenset[str]:
    """Words that name things, folded; without greetings, introductions, numbers and placeholders."""
    code = language if language in LANGUAGES else "xx"
    folded = fold(text, code)
    rest, at = [], 0
    for start, end in _prefaces(folded.text, code):
        rest.append(folded.text[at:start])
        at = end - 1
    words = " ".join("".join((*rest, folded.text[at:])).split())
    found = content_words(folded._replace(text=f" {words} "), code)
    return frozenset(word for word in found if not is_number(word) and not word.startswith("_"))


def _begun(text: str, language: str | None) -> str:
    """A statement without what precedes the request."""
    code = language if language in LANGUAGES else "xx"
    folded = fold(text, code)
    at = 0
    for start, end in _prefaces(folded.text, code):
        if start > at:
            break
        at = end - 1
    word = folded.text.count(" ", 0, at)
    return text[folded.spans[word][0] :] if at and word < len(folded.spans) else text


def _prefaces(words: str, language: str) -> Iterator[tuple[int, int]]:
    """Ranges in folded words, each with the blanks around it; one may begin with the blank that another ends with."""
    if language not in LANGUAGES:
        return
    lexicon = Lexicon(_LEXICON)
    preface, named = (_Ahead(lexicon.pattern(name, language), words) for name in ("_preface", "_named"))
    at = 0
    while found := min((one for one in (preface.next(at), named.next(at)) if one), key=_first, default=None):
        start, end = found
        at = (_behind_name(words, end, language) if found is named.found else end) - 1
        yield start, at + 1


def _first(found: _Range) -> tuple[int, int]:
    return found[0], -found[1]


class _Ahead:
    """Matches of an RE2 pattern from one place on to the next. It tells places by counting from the beginning of what it is given: of a
    long text it is given pieces, whose second half is as long as any match may be."""

    def __init__(self, pattern: Any, words: str) -> None:
        self._pattern = pattern
        self._words = words
        #: The last one found; empty at the beginning, ``None`` where there is no more.
        self.found: _Range | None = (-1, -1)

    def next(self, at: int) -> _Range | None:
        """The first that begins at a place or behind it, which may not be before the place asked for last."""
        if self.found is not None and self.found[0] < at:
            self.found = self._search(at)
        return self.found

    def _search(self, at: int) -> _Range | None:
        while True:
            last = at + _PIECE >= len(self._words)
            found = self._pattern.search(self._words[at : at + _PIECE])
            if found and (last or found.start() < _PIECE // 2):
                return at + found.start(), at + found.end()
            if last:
                return None
            at += _PIECE // 2


def _behind_name(words: str, at: int, language: str) -> int:
    """Where a name of one or two words ends that begins there."""
    for word in words[at : at + _PIECE].split(None, _NAME_WORDS)[:_NAME_WORDS]:
        if not content_words(Folded(f" {word} ", (word,), ((0, 0),)), language):
            break
        at += len(word) + 1
    return at


def about_the_same(one: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    """Whether two requests (text, language) share most words that name things; for want of sentence vectors."""
    mine, theirs = content_of(*one), content_of(*other)
    shared, least = len(mine & theirs), min(len(mine), len(theirs))
    return shared >= min(_SAYS_MUCH, max(1, least)) and shared >= _SHARED * least
