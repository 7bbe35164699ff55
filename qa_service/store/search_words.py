"""What the two databases search with: folded words and facets as they are written into the index, and queries in each one's own language.

Whatever stands in a query was folded and parted into words before, and each word is quoted: none can be an operator of the database.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from qa_service.domain.search import LONGEST_WORD, All, AnyOf, Facet, Near, Node, Phrase

#: Stands before facets, and in no word: a letter of private use.
_MARK = "\ue000"
_LETTERS: Mapping[Facet, str] = {
    Facet.SPEAKER: "s", Facet.CHANNEL: "c", Facet.LANGUAGE: "l", Facet.AGENT: "a", Facet.TEAM: "t", Facet.QUEUE: "q",
}  # fmt: skip
#: Facets that stand in the index; the others are looked up.
INDEXED = frozenset(_LETTERS)
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_.]{0,39}")
#: Words of a turn beyond these are not indexed: PostgreSQL knows no place beyond.
MOST_WORDS = 16_000
_PLACES = 16_383


def facet(kind: Facet, value: str | None) -> str:
    """The word that stands for a facet; ``None``: that nothing is known of it."""
    if value is None:
        return f"{_MARK}{_LETTERS[kind]}-"
    written = value if _PLAIN.fullmatch(value) else "=" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return f"{_MARK}{_LETTERS[kind]}{written}"


def written(words: Sequence[str], facets: Iterable[str]) -> str:
    """A turn as it is kept."""
    kept = (clean for word in words[:MOST_WORDS] if (clean := cleaned(word)))
    return " ".join((*kept, *facets))


def cleaned(word: str) -> str:
    """A word as the index has it: not too long, without blanks and signs that databases give a meaning."""
    if word.isalnum() and len(word) <= LONGEST_WORD:
        return word  # nearly all are
    return "".join(word.split()).replace("\0", "").replace(_MARK, "")[:LONGEST_WORD]


def words_of(kept: str) -> str:
    """The folded words of a turn as it is kept, single blanks around each."""
    return f" {kept.partition(_MARK)[0].strip()} "


def refaced(kept: str, facets: Iterable[str]) -> str:
    """The same words with other facets."""
    return " ".join((*kept.partition(_MARK)[0].split(), *facets))


def speaker_of(kept: str) -> str | None:
    """Who speaks, as it stands among the facets."""
    return next((word for word in kept.partition(_MARK)[2].split() if word.startswith("s")), None)


def vector(kept: str) -> str:
    """A turn as PostgreSQL's ``tsvector``: words with their places, facets without."""
    parts = []
    for place, word in enumerate(kept.split(), 1):
        quoted = _lexeme(word)
        parts.append(quoted if word.startswith(_MARK) else f"{quoted}:{min(place, _PLACES)}")
    return " ".join(parts)


def fts5(node: Node | None, wanted: Sequence[Sequence[str]] = (), unwanted: Sequence[str] = ()) -> str:
    """A query for SQLite: the words, one of each group of wanted facets, none of the unwanted."""
    parts = [] if node is None else [_fts5(node)]
    parts += [_group(" OR ", [_quoted(one) for one in some]) for some in wanted]
    found = _group(" AND ", parts)
    return f"({found} NOT {_group(' OR ', [_quoted(one) for one in unwanted])})" if unwanted else found


def tsquery(node: Node | None, wanted: Sequence[Sequence[str]] = (), unwanted: Sequence[str] = ()) -> str:
    """The same for PostgreSQL."""
    parts = [] if node is None else [_tsquery(node)]
    parts += [_group(" | ", [_lexeme(one) for one in some]) for some in wanted]
    return _group(" & ", [*parts, *(f"!{_lexeme(one)}" for one in unwanted)])


def _fts5(node: Node) -> str:
    if isinstance(node, Phrase):
        return _quoted(" ".join(map(cleaned, node.words))) + (" *" if node.prefix else "")
    if isinstance(node, Near):
        pairs = [f"NEAR({_fts5(one)} {_fts5(other)}, {node.between})" for one in node.left for other in node.right]
        return _group(" OR ", pairs)
    parts = [_fts5(part) for part in node.parts]
    if isinstance(node, AnyOf):
        return _group(" OR ", parts)
    kept = _group(" AND ", parts)
    return f"({kept} NOT {_group(' OR ', [_fts5(one) for one in node.without])})" if node.without else kept


def _tsquery(node: Node) -> str:
    if isinstance(node, Phrase):
        words = [_lexeme(cleaned(word)) for word in node.words]
        return _group(" <-> ", [*words[:-1], words[-1] + (":*" if node.prefix else "")])
    if isinstance(node, Near):
        left, right = _group(" | ", [_tsquery(one) for one in node.left]), _group(" | ", [_tsquery(one) for one in node.right])
        apart = range(1, node.between + 2)
        return _group(" | ", [f"({one} <{steps}> {other})" for steps in apart for one, other in ((left, right), (right, left))])
    parts = [_tsquery(part) for part in node.parts]
    if isinstance(node, All):
        return _group(" & ", [*parts, *(f"!{_tsquery(one)}" for one in node.without)])
    return _group(" | ", parts)


def _group(sign: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\0", "") + '"'


def _lexeme(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''").replace("\0", "") + "'"
