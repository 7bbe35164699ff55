"""The query language: what is read as what, and what is told of what cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.search import (
    LONGEST,
    All,
    AnswerIs,
    AnyOf,
    Both,
    Bound,
    Choice,
    Close,
    Either,
    Facet,
    Near,
    Phrase,
    Relation,
    Text,
    Written,
    phrases,
    resolved,
)
from qa_service.domain.search_query import parse
from qa_service.errors import InputError


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("refund", Text("refund", 1)),
        ("refund money", Text("refund money", 1)),
        ("refund AND money", Text("refund money", 1)),
        ('"next day"', Text("next day", 1, quoted=True)),
        ("«روز بعد»", Text("روز بعد", 1, quoted=True)),
        ("refund*", Text("refund", 1, prefix=True)),
        ('"next day"*', Text("next day", 1, quoted=True, prefix=True)),
        ("a OR b c", Either((Text("a", 1), Text("b c", 6)))),
        ("a -b", Both((Text("a", 1),), (Text("b", 4),))),
        ("a NOT b", Both((Text("a", 1),), (Text("b", 7),))),
        ("a -(b OR c)", Both((Text("a", 1),), (Either((Text("b", 5), Text("c", 10))),))),
        ("(a OR b) c", Both((Either((Text("a", 2), Text("b", 7))), Text("c", 10)))),
        ("a NEAR/5 b", Close(Text("a", 1), Text("b", 10), 5)),
        ('x a NEAR "b c"', Both((Text("x", 1), Close(Text("a", 3), Text("b c", 10, quoted=True), 10)))),
        ("e-mail", Text("e-mail", 1)),
        ("12:30", Text("12:30", 1)),
        ("or not and", Text("or not and", 1)),
        ("near/5", Text("near/5", 1)),
    ],
)
def test_words(text: str, written: Written) -> None:
    assert parse(text).written == written


def test_filters() -> None:
    found = parse(
        'refund channel:chat,email -agent:a1 team:"Team, A" score<60 silence.longest>=10.5 closing.further_help=no -greeting=yes '
        "from:2026-01-01 to:2026-02-01T12:00:00+01:00 critical:no language:fa"
    ).filters
    assert found.choices == (
        Choice(facet=Facet.CHANNEL, values=("chat", "email")), Choice(facet=Facet.AGENT, values=("a1",), negated=True),
        Choice(facet=Facet.TEAM, values=("Team, A",)), Choice(facet=Facet.LANGUAGE, values=("fa",)),
    )  # fmt: skip
    assert found.bounds == (
        Bound(signal=None, relation=Relation.LESS, value=60), Bound(signal="silence.longest", relation=Relation.LEAST, value=10.5),
    )  # fmt: skip
    assert found.answers == (
        AnswerIs(section="closing", criterion="further_help", answer="no"),
        AnswerIs(section=None, criterion="greeting", answer="yes", negated=True),
    )
    assert (found.since, found.until) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, 11, tzinfo=UTC))
    assert (found.critical, found.tells_figures, found.told) == (False, True, True)
    assert parse("channel:chat").written is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "an empty query"),
        (" \n ", "an empty query"),
        ("a" * (LONGEST + 1), f"at most {LONGEST} characters"),
        (" ".join("ab" for _ in range(200)), "at most 60 words"),
        ("a\x00", "at character 2"),
        ('a "b', "at character 3: a quotation that does not end"),
        ('a ""', "at character 3: a phrase without words"),
        ("(a", "at character 1: a parenthesis that does not end"),
        ("a)", "at character 2: ')'"),
        ("()", "at character 1: parentheses around nothing"),
        ("a OR", "at character 5: the end of the query; expected a word on both sides of OR"),
        ("OR a", "expected a word on both sides of OR"),
        ("AND a", "at character 1"),
        ("a AND", "at character 6: the end of the query"),
        ("-a", "only what must not be there"),
        ("a --b", "at character 4: '-'; expected a word"),
        ("a OR -b", "only what must not be there"),
        ("ab*", "at least 3 letters"),
        ("a NEAR/99 b", "at most 20 words between"),
        ("a NEAR/5", "expected a word or phrase after NEAR"),
        ("a NEAR/5 OR b", "expected a word or phrase after NEAR"),
        ("(" * 13 + "a" + ")" * 13, "more than 12 parentheses"),
        ("colour:red", "at character 1: the filter colour:; expected one of speaker:"),
        ("a (b channel:chat)", "at character 6: the filter channel:chat in parentheses"),
        ("channel:chat channel:email", "at character 14: a second channel:"),
        ("channel:", "at character 9: nothing; expected a value for channel"),
        ("channel:fax", "expected one of phone, chat, email, social"),
        ("speaker:me", "expected one of agent, customer"),
        ("language:english", "a language code"),
        ("score<x", "at character 7: 'x'; expected a number"),
        ("score<nan", "expected a number"),
        ("-score<3", "without a minus"),
        ("loudness>3", "expected score or a signal"),
        ("critical:maybe", "critical:yes or critical:no"),
        ("from:yesterday", "a day such as 2026-11-02"),
        ("from:2026-13-01", "a day such as 2026-11-02"),
        ("from:0001-01-01", "between 1900 and 2500"),
        ("-from:2026-01-01", "without a minus"),
        ("from:2026-02-01 to:2026-01-01", "the period ends before it starts"),
        ("from:2026-02-01 to:2026-02-01", "the period ends before it starts"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, says: str) -> None:
    with pytest.raises(InputError) as told:
        parse(text)
    assert says in told.value.message
    assert told.value.field == "query"


@given(st.text(alphabet=st.sampled_from('ab (")-*:<>=OR NEAR/5،«»ن\u200c1.\n'), max_size=60))
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        query = parse(text)
    except InputError as refused:
        assert refused.message  # noqa: PT017 - what is refused is as good an answer as what is read
        return
    assert query.written is not None or query.filters.told


def ways(text: str) -> list[tuple[str, ...]]:
    """Two languages: one joins "می" to what follows, both drop signs."""
    words = tuple(word for word in text.split() if word.isalnum())
    return [words, tuple(" ".join(words).replace("می ", "می").split())]


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("refund", Phrase(("refund",))),
        ("refund money refund", All((Phrase(("refund",)), Phrase(("money",))))),
        ("می روم", AnyOf((All((Phrase(("می",)), Phrase(("روم",)))), Phrase(("میروم",))))),
        ('"می روم"', AnyOf((Phrase(("می", "روم")), Phrase(("میروم",))))),
        ("refund ?!", Phrase(("refund",))),
        ("refund OR !", Phrase(("refund",))),
        ("refund -!", Phrase(("refund",))),
        ("a NEAR/2 b", Near((Phrase(("a",)),), (Phrase(("b",)),), 2)),
        ("a NEAR/2 !", Phrase(("a",))),
        ("refu* -money", All((Phrase(("refu",), prefix=True),), (Phrase(("money",)),))),
    ],
)
def test_words_in_every_way_they_may_be_written(text: str, node: object) -> None:
    assert resolved(parse(text), ways) == node


def test_signs_alone_are_nothing_to_search_for() -> None:
    with pytest.raises(InputError, match="only signs"):
        resolved(parse('!!! "?"'), ways)
    assert resolved(parse("channel:chat"), ways) is None


def test_phrases_that_a_hit_may_hold() -> None:
    found = phrases(resolved(parse('(a OR "b c") d NEAR/3 e -f'), ways))
    assert [" ".join(one.words) for one in found] == ["a", "b c", "d", "e"]
