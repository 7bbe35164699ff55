"""A search as data: words to be found in one turn of a transcript, and filters on the interaction it stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.errors import InputError

#: Most characters of a query, and most words and filters in it.
LONGEST, MOST_TERMS = 1000, 60
#: Words between two that are near each other, unless told; and the most that may be told.
NEAR, FARTHEST = 10, 20
#: Letters that a prefix has at least: shorter ones stand for half the language.
SHORTEST_PREFIX = 3
#: Longest word of the index, in characters; nobody says a longer one.
LONGEST_WORD = 100


class Facet(StrEnum):
    """What a filter of the form ``name:value`` asks about."""

    SPEAKER = "speaker"
    CHANNEL = "channel"
    LANGUAGE = "language"
    AGENT = "agent"
    TEAM = "team"
    QUEUE = "queue"
    TOPIC = "topic"
    PURPOSE = "purpose"


class Relation(StrEnum):
    """How a figure is compared."""

    LESS = "<"
    MOST = "<="
    MORE = ">"
    LEAST = ">="
    EQUAL = "="


class Choice(Record):
    """``channel:chat,email``, or ``-channel:email``."""

    facet: Facet
    #: Any of them.
    values: tuple[str, ...] = Field(min_length=1)
    #: None of them.
    negated: bool = False


class Bound(Record):
    """``silence.longest>10``; of the score: ``score<60``."""

    #: Name of a signal; ``None``: the score, percent.
    signal: str | None
    relation: Relation
    value: float


class AnswerIs(Record):
    """``closing.further_help=no``: the answer in force to a criterion."""

    #: Its section, where told.
    section: str | None
    criterion: str
    #: An option, ``not_applicable`` or ``undecided``.
    answer: str
    negated: bool = False


class Filters(Record):
    """What a query asks of the interaction (and of who speaks); everything of it at once."""

    choices: tuple[Choice, ...] = ()
    #: ``since <= contact < until``.
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    bounds: tuple[Bound, ...] = ()
    answers: tuple[AnswerIs, ...] = ()
    #: Whether something critical was missed.
    critical: bool | None = None

    def choice(self, facet: Facet) -> Choice | None:
        """What is asked about it."""
        return next((one for one in self.choices if one.facet is facet), None)

    @property
    def tells_figures(self) -> bool:
        """Whether what it finds tells scores or answers."""
        return bool(self.answers) or self.critical is not None or any(one.signal is None for one in self.bounds)

    @property
    def told(self) -> bool:
        """Whether anything is asked."""
        return self != Filters()


class Phrase(NamedTuple):
    """Words that follow each other; of the last one, only its beginning where ``prefix``."""

    words: tuple[str, ...]
    prefix: bool = False


class Near(NamedTuple):
    """Two phrases in either order with at most ``between`` words between them; each has several ways to be written."""

    left: tuple[Phrase, ...]
    right: tuple[Phrase, ...]
    between: int


class All(NamedTuple):
    """All of some things, and none of others."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...] = ()


class AnyOf(NamedTuple):
    """At least one of them."""

    parts: tuple[Node, ...]


Node = Phrase | Near | All | AnyOf


class Text(NamedTuple):
    """What stands in a query as written: plain words, a phrase in quotes, or the beginning of a word."""

    text: str
    #: Character of the query, from 1.
    at: int
    quoted: bool = False
    prefix: bool = False


class Close(NamedTuple):
    """``a NEAR/5 b`` as written."""

    left: Text
    right: Text
    between: int


class Both(NamedTuple):
    """All, and none of others, as written."""

    parts: tuple[Written, ...]
    without: tuple[Written, ...] = ()


class Either(NamedTuple):
    """``a OR b`` as written."""

    parts: tuple[Written, ...]


Written = Text | Close | Both | Either
#: The words that a text is compared by, in each language that it may be in: one way or several.
Folding = Callable[[str], Sequence[tuple[str, ...]]]


class Query(NamedTuple):
    """A query as it was read."""

    #: ``None``: filters alone.
    written: Written | None
    filters: Filters


def resolved(query: Query, folding: Folding) -> Node | None:
    """The words of a query as the index has them; ``None`` where it has filters alone.

    Raises :class:`InputError` where nothing is left of its words: they were signs only.
    """
    if query.written is None:
        return None
    found = _node(query.written, folding)
    if found is None:
        raise InputError(
            "there is no word to search for, only signs", field="query", hint='such as: refund "next day" -invoice channel:chat'
        )
    return found


def phrases(node: Node | None) -> Iterator[Phrase]:
    """Every phrase that a hit may hold."""
    if isinstance(node, Phrase):
        yield node
    elif isinstance(node, Near):
        yield from (*node.left, *node.right)
    elif node is not None:
        for part in node.parts:
            yield from phrases(part)


def _node(written: Written, folding: Folding) -> Node | None:
    if isinstance(written, Text):
        return _text(written, folding)
    if isinstance(written, Close):
        left, right = _phrases(written.left, folding), _phrases(written.right, folding)
        if left and right:
            return Near(left, right, written.between)
        return _any(left or right)
    parts = tuple(one for part in written.parts if (one := _node(part, folding)) is not None)
    if not parts:
        return None
    if isinstance(written, Either):
        return _any(parts)
    without = tuple(one for part in written.without if (one := _node(part, folding)) is not None)
    return parts[0] if len(parts) == 1 and not without else All(parts, without)


def _text(written: Text, folding: Folding) -> Node | None:
    """Plain words are folded together, since languages join and part them; each language then asks for all of its own."""
    if written.quoted or written.prefix:
        return _any(_phrases(written, folding))
    ways: list[Node] = []
    for words in _ways(written.text, folding):
        each = tuple(dict.fromkeys(Phrase((word,)) for word in words))
        way: Node = each[0] if len(each) == 1 else All(each)
        if way not in ways:
            ways.append(way)
    return _any(tuple(ways))


def _phrases(written: Text, folding: Folding) -> tuple[Phrase, ...]:
    return tuple(dict.fromkeys(Phrase(words, written.prefix) for words in _ways(written.text, folding)))


def _ways(text: str, folding: Folding) -> list[tuple[str, ...]]:
    return [words for words in dict.fromkeys(map(tuple, folding(text))) if words]


def _any(parts: Sequence[Node]) -> Node | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))
