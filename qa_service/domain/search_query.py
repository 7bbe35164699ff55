"""The query language: words, "phrases", OR, -not, prefix*, a NEAR/5 b, and filters such as ``channel:chat`` or ``silence.longest>10``.

Read by descent; whatever cannot be read is told with its place and with what was expected there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import NamedTuple, NoReturn

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.search import (
    FARTHEST,
    LONGEST,
    MOST_TERMS,
    NEAR,
    SHORTEST_PREFIX,
    AnswerIs,
    Both,
    Bound,
    Choice,
    Close,
    Either,
    Facet,
    Filters,
    Query,
    Relation,
    Text,
    Written,
)
from qa_service.domain.speaker import Speaker
from qa_service.errors import InputError

_QUOTES = dict.fromkeys(map(ord, "“”„«»‟"), '"')
_TOKEN = re.compile(
    r"""\s+|(?P<open>\()|(?P<close>\))|(?P<minus>-(?=[^\s)]))|(?P<filter>[A-Za-z][\w.\-]*(?::|<=|>=|=|<|>))|(?P<quote>")|[^\s()"]+"""
)
_NEAR = re.compile(r"NEAR(?:/(\d{1,4}))?")
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,15})?%?")
_DEPTH = 12
_FIXED = {
    Facet.SPEAKER: tuple(one.value for one in Speaker), Facet.CHANNEL: tuple(one.value for one in Channel),
    Facet.PURPOSE: tuple(one.value for one in Purpose),
}  # fmt: skip
_FACETS = frozenset(one.value for one in Facet)
_ELSE = "to search for it as a word, put it in quotes"


class _Token(NamedTuple):
    kind: str
    text: str
    #: From 1.
    at: int
    #: Of a filter: its value, and whether it stood in quotes.
    value: str = ""
    quoted: bool = False


def parse(text: str) -> Query:
    """The query that a text is; raises :class:`InputError` that says where it cannot be read, and what was expected there."""
    if len(text) > LONGEST:
        raise InputError(f"a query has at most {LONGEST} characters, this one {len(text)}", field="query", hint="search for less at once")
    if "\0" in text:
        _refuse(text.index("\0") + 1, "a character that nobody writes", "words")
    if not text.strip():
        raise InputError("an empty query finds nothing", field="query", hint='such as: refund "next day" -invoice channel:chat')
    return _Reader(_tokens(text.translate(_QUOTES)), len(text) + 1).query()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None  # every character is one or the other
        kind, at, position = match.lastgroup or "word", position + 1, match.end()
        if match.group().isspace():
            continue
        if kind == "quote":
            value, position = _quoted(text, position, at)
            prefix = text[position : position + 1] == "*"
            position += prefix
            found.append(_Token("prefix phrase" if prefix else "phrase", value, at))
        elif kind == "filter":
            quoted = text[position : position + 1] == '"'
            value, position = _quoted(text, position + 1, position + 1) if quoted else _bare(text, position)
            found.append(_Token("filter", match.group(), at, value, quoted))
        else:
            found.append(_Token(kind, match.group(), at))
    if len(found) > MOST_TERMS * 2:
        raise InputError(f"a query has at most {MOST_TERMS} words and filters", field="query", hint="search for less at once")
    return found


def _quoted(text: str, start: int, at: int) -> tuple[str, int]:
    end = text.find('"', start)
    if end < 0:
        _refuse(at, "a quotation that does not end", 'a closing "')
    return text[start:end], end + 1


def _bare(text: str, start: int) -> tuple[str, int]:
    match = re.compile(r'[^\s()"]*').match(text, start)
    assert match is not None
    return match.group(), match.end()


class _Reader:
    def __init__(self, tokens: Sequence[_Token], end: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = end
        self._depth = 0
        self._filters = _Filters()

    def query(self) -> Query:
        written = self._any(top=True)
        if self._peek() is not None:
            self._unexpected("a word")
        return Query(written, self._filters.made())

    def _any(self, *, top: bool) -> Written | None:
        """``a b OR c``: what stands beside each other binds closer."""
        parts = [self._all(top=top)]
        while self._takes("word", "OR"):
            parts.append(self._all(top=top))
        if len(parts) == 1:
            return parts[0]
        if any(part is None for part in parts):
            self._unexpected("a word on both sides of OR")
        return Either(tuple(part for part in parts if part is not None))

    def _all(self, *, top: bool) -> Written | None:
        parts: list[Written] = []
        without: list[Written] = []
        run: list[_Token] = []
        while (token := self._peek()) is not None and token.kind != "close" and not _is(token, "OR"):
            if _is(token, "AND"):
                if not (parts or run):
                    self._unexpected("a word on both sides of AND")
                self._next += 1
                if self._peek() is None:
                    self._unexpected("a word on both sides of AND")
                continue
            negated = token.kind == "minus" or _is(token, "NOT")
            if negated:
                self._next += 1
            self._one(parts, without, run, negated=negated, top=top)
        _flush(run, parts)
        if without and not parts:
            _refuse(self._tokens[0].at, "only what must not be there", "something that must")
        if not parts:
            return None
        return parts[0] if len(parts) == 1 and not without else Both(tuple(parts), tuple(without))

    def _one(self, parts: list[Written], without: list[Written], run: list[_Token], *, negated: bool, top: bool) -> None:
        token = self._peek()
        if token is None or token.kind in ("close", "minus") or (token.kind == "word" and token.text in ("OR", "AND", "NOT")):
            self._unexpected("a word")
        assert token is not None
        if token.kind == "filter":
            self._next += 1
            if not top or self._depth:
                expected = "filters beside all the words: they bind the whole query"
                _refuse(token.at, f"the filter {token.text}{token.value} in parentheses", expected)
            self._filters.take(token, negated=negated)
            return
        if token.kind == "open":
            _flush(run, parts)
            (without if negated else parts).append(self._group())
            return
        text = self._text()
        near = self._peek()
        if near is not None and near.kind == "word" and _NEAR.fullmatch(near.text):
            _flush(run, parts)
            (without if negated else parts).append(self._near(text, near))
        elif negated:
            without.append(text)
        elif text.quoted or text.prefix:
            _flush(run, parts)
            parts.append(text)
        else:
            run.append(token)

    def _group(self) -> Written:
        opened = self._tokens[self._next]
        self._next += 1
        self._depth += 1
        if self._depth > _DEPTH:
            _refuse(opened.at, f"more than {_DEPTH} parentheses in each other", "a simpler query")
        inside = self._any(top=False)
        self._depth -= 1
        if not self._takes("close", ")"):
            _refuse(opened.at, "a parenthesis that does not end", "a closing )")
        if inside is None:
            _refuse(opened.at, "parentheses around nothing", "a word in them")
        return inside

    def _near(self, left: Text, near: _Token) -> Close:
        told = _NEAR.fullmatch(near.text)
        assert told is not None
        between = NEAR if told.group(1) is None else int(told.group(1))
        if not 0 <= between <= FARTHEST:
            _refuse(near.at, near.text, f"at most {FARTHEST} words between, such as NEAR/5")
        self._next += 1
        follows = self._peek()
        if follows is None or follows.kind not in ("word", "phrase", "prefix phrase") or _is(follows, "OR") or _is(follows, "AND"):
            self._unexpected("a word or phrase after NEAR")
        return Close(left, self._text(), between)

    def _text(self) -> Text:
        token = self._tokens[self._next]
        self._next += 1
        if token.kind in ("phrase", "prefix phrase"):
            prefix = token.kind == "prefix phrase"
            if not token.text.strip():
                _refuse(token.at, "a phrase without words", "words between the quotes")
            return Text(token.text, token.at, quoted=True, prefix=prefix and _long_enough(token.text.split()[-1], token.at))
        if token.text.endswith("*") and token.text.strip("*"):
            stem = token.text.rstrip("*")
            return Text(stem, token.at, prefix=_long_enough(stem, token.at))
        return Text(token.text, token.at)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _takes(self, kind: str, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind != kind or token.text != text:
            return False
        self._next += 1
        return True

    def _unexpected(self, expected: str) -> NoReturn:
        token = self._peek()
        if token is None:
            _refuse(self._end, "the end of the query", expected)
        _refuse(token.at, repr(token.text), expected)


def _flush(run: list[_Token], parts: list[Written]) -> None:
    """Plain words beside each other are read as one text."""
    if run:
        parts.append(Text(" ".join(one.text for one in run), run[0].at))
        run.clear()


class _Filters:
    """Gathers the filters of a query."""

    def __init__(self) -> None:
        self._choices: dict[Facet, Choice] = {}
        self._moments: dict[str, datetime] = {}
        self._bounds: list[Bound] = []
        self._answers: list[AnswerIs] = []
        self._critical: bool | None = None

    def made(self) -> Filters:
        since, until = self._moments.get("from"), self._moments.get("to")
        if since is not None and until is not None and until <= since:
            hint = "from: comes before to:, which is the day after the last"
            raise InputError("the period ends before it starts", field="query", hint=hint)
        return Filters(
            choices=tuple(self._choices.values()), since=since, until=until, bounds=tuple(self._bounds), answers=tuple(self._answers),
            critical=self._critical,
        )

    def take(self, token: _Token, *, negated: bool) -> None:
        name, sign = re.fullmatch(r"(.*?)(:|<=|>=|=|<|>)", token.text).groups()  # type: ignore[union-attr]
        if not token.value.strip():
            _refuse(token.at + len(token.text), "nothing", f"a value for {name}, such as {_example(name)}")
        if sign == ":":
            self._named(name, token, negated=negated)
        elif sign == "=" and not _NUMBER.fullmatch(token.value):
            section, _, criterion = name.rpartition(".")
            self._answers.append(AnswerIs(section=section or None, criterion=criterion, answer=token.value, negated=negated))
        else:
            self._bounds.append(_bound(name, Relation(sign), token, negated=negated))

    def _named(self, name: str, token: _Token, *, negated: bool) -> None:
        if name in ("from", "to"):
            if negated or name in self._moments:
                _refuse(token.at, f"{'-' if negated else 'a second '}{name}:", f"one {name}: without a minus")
            self._moments[name] = _moment(token)
        elif name == "critical":
            if token.value not in ("yes", "no") or self._critical is not None:
                _refuse(token.at, f"critical:{token.value}", "critical:yes or critical:no, once")
            self._critical = (token.value == "yes") is not negated
        elif name in _FACETS:
            facet = Facet(name)
            if facet in self._choices:
                _refuse(token.at, f"a second {name}:", f"all values in one, such as {name}:one,other")
            self._choices[facet] = Choice(facet=facet, values=_values(facet, token), negated=negated)
        else:
            known = ", ".join(f"{one}:" for one in (*Facet, "critical", "from", "to"))
            _refuse(token.at, f"the filter {name}:", f"one of {known}; {_ELSE}")


def _values(facet: Facet, token: _Token) -> tuple[str, ...]:
    values = (token.value,) if token.quoted else tuple(one for one in token.value.split(",") if one)
    for one in values:
        if facet in _FIXED and one not in _FIXED[facet]:
            _refuse(token.at, f"{facet.value}:{one}", f"one of {', '.join(_FIXED[facet])}")
        if facet is Facet.LANGUAGE and not re.fullmatch("[a-z]{2,3}", one):
            _refuse(token.at, f"language:{one}", "a language code such as en, fa or ar")
        if len(one) > 200:
            _refuse(token.at, f"a {facet.value} of {len(one)} characters", "at most 200")
    if not values:
        _refuse(token.at, token.value, f"a {facet.value}")
    return values


def _bound(name: str, relation: Relation, token: _Token, *, negated: bool) -> Bound:
    if negated:
        _refuse(token.at, f"-{token.text}{token.value}", "the other comparison, without a minus")
    if not _NUMBER.fullmatch(token.value) or not isfinite(value := float(token.value.rstrip("%"))):
        _refuse(token.at + len(token.text), repr(token.value), f"a number, such as {name}{relation.value}10")
    if name == "score":
        return Bound(signal=None, relation=relation, value=value)
    if "." not in name:
        _refuse(token.at, f"{name}{relation.value}", f"score or a signal, such as silence.longest>10; {_ELSE}")
    return Bound(signal=name, relation=relation, value=value)


def _moment(token: _Token) -> datetime:
    try:
        moment = datetime.fromisoformat(token.value)
    except ValueError:
        _refuse(token.at, token.text + token.value, "a day such as 2026-11-02")
    if not 1900 <= moment.year <= 2500:
        _refuse(token.at, token.text + token.value, "a year between 1900 and 2500")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _long_enough(stem: str, at: int) -> bool:
    if len(stem) < SHORTEST_PREFIX:
        _refuse(at, f"{stem}*", f"at least {SHORTEST_PREFIX} letters before the *")
    return True


def _example(name: str) -> str:
    examples = {"speaker": "speaker:agent", "from": "from:2026-11-01", "to": "to:2026-12-01", "critical": "critical:yes"}
    return examples.get(name, f"{name}:a17" if name in _FACETS else f"{name}>10 or {name}=no")


def _is(token: _Token, keyword: str) -> bool:
    return token.kind == "word" and token.text == keyword


def _refuse(at: int, found: str, expected: str) -> NoReturn:
    raise InputError(f"at character {at}: {found}; expected {expected}", field="query")
