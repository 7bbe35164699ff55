"""``said``, ``not_said`` and ``matches`` on real look-ups: verdict, quotes, times, confidence, language, suspect turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.lookup import ABSENT, FOUND
from qa_service.domain.criteria.outcome import Outcome, Verdict
from qa_service.domain.transcript import Transcript

Talk = Callable[..., Transcript]
Decide = Callable[..., Outcome]
HELP = {"en": ["anything else I can help"], "fa": ["کمک دیگه‌ای"], "ar": ["أي شيء آخر"]}
CALL = """
    agent 0-2: Hello, how may I help you?
    customer 2-4: Hello, my card is lost
    agent 4-6: I'll block it. Is there anything else I can help with?
    customer 6-7: No
"""


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ({"said": {"by": "agent", "phrases": HELP}}, "yes"),
        ({"said": {"by": "customer", "phrases": HELP}}, "no"),
        ({"said": {"phrases": HELP}}, "yes"),
        ({"said": {"by": "agent", "phrases": HELP, "within": "first 1 turns"}}, "no"),
        ({"said": {"by": "agent", "phrases": HELP, "within": "last 1 turns"}}, "yes"),
        ({"not_said": {"by": "agent", "phrases": HELP}}, "no"),
        ({"not_said": {"by": "customer", "phrases": HELP}}, "yes"),
        ({"said": {"phrases": ["HELLO"]}}, "yes"),
        ({"said": {"phrases": ["hell"]}}, "no"),  # a word, not a part of one
        ({"said": {"phrases": ["i will block"]}}, "yes"),  # I'll
        ({"said": {"phrases": ["hello"], "times": 2}}, "yes"),
        ({"said": {"phrases": ["hello"], "times": 3}}, "no"),
        ({"said": {"by": "agent", "phrases": ["hello"], "times": 2}}, "no"),
        ({"not_said": {"phrases": ["hello"], "times": 3}}, "yes"),
        ({"matches": {"by": "customer", "pattern": r"card.*lost"}}, "yes"),
        ({"matches": {"by": "agent", "pattern": r"card"}}, "no"),
        ({"matches": {"pattern": {"en": [r"\bblock\b"]}}}, "yes"),
        ({"matches": {"pattern": {"fa": ["کارت"]}}}, "undecided"),
        ({"said": {"phrases": {"fa": ["سلام"]}}}, "undecided"),  # nobody may hold it against the agent
        ({"not_said": {"phrases": {"fa": ["سلام"]}}}, "undecided"),
    ],
)
def test_verdicts(talk: Talk, decide: Decide, detection: dict[str, Any], expected: str) -> None:
    assert decide(talk(CALL), detection).verdict == expected


@pytest.mark.parametrize(
    ("language", "text", "quote"),
    [
        ("fa", "کمک دیگه ای هست انجام بدم؟", "کمک دیگه ای"),  # a blank for the half-space
        ("ar", "هل هناك أيّ شيءٍ آخر؟", "أيّ شيءٍ آخر"),  # vowelled
    ],
)
def test_other_scripts_are_quoted_as_written(talk: Talk, decide: Decide, language: str, text: str, quote: str) -> None:
    outcome = decide(talk(f"agent: {text}", language=language), {"said": {"phrases": HELP}})
    assert [piece.quote for piece in outcome.evidence] == [quote]


def test_named_phrases_come_from_the_book(talk: Talk, decide: Decide) -> None:
    detection = {"said": {"by": "agent", "phrases": "further_help"}}
    outcome = decide(talk(CALL), detection, phrases={"further_help": {"en": ("anything else",)}})
    assert (outcome.verdict, outcome.why) == (Verdict.YES, "said: further_help")


def test_evidence_is_the_words_their_place_and_their_times(talk: Talk, decide: Decide) -> None:
    # 10 words over 10 s: one second each; "anything else" is the 3rd and 4th.
    call = talk("customer 0-5: no no\nagent 5-15: is there anything else i can do for you", words=True)
    (piece,) = decide(call, {"said": {"phrases": ["anything else"]}}).evidence
    assert (piece.turn, piece.speaker, piece.quote, piece.rule) == (1, "agent", "anything else", "only.c0.said")
    # nine words over 10 s: word n starts at 5 + n * 10/9 s
    assert (piece.start_ms, piece.end_ms) == (round(5000 + 2 * 10_000 / 9), round(5000 + 4 * 10_000 / 9))
    assert call.turns[1].text[piece.start : piece.end] == "anything else"


def test_each_quote_of_a_repeated_phrase_has_its_own_place(talk: Talk, decide: Decide) -> None:
    call = talk("agent 0-7: sorry about that i am so sorry", words=True)
    pieces = decide(call, {"said": {"phrases": ["sorry"]}}).evidence
    assert [(piece.start, piece.start_ms) for piece in pieces] == [(0, 0), (25, 6000)]


@pytest.mark.parametrize("confidence", [1.0, 0.6, 0.2])
def test_a_yes_is_as_sure_as_its_words_and_a_no_as_sure_as_the_hearing(talk: Talk, decide: Decide, confidence: float) -> None:
    call = talk("agent 0-4: is there anything else", words=True, confidence=confidence)
    assert decide(call, {"said": {"phrases": ["anything else"]}}).confidence == pytest.approx(FOUND * confidence)
    assert decide(call, {"said": {"phrases": ["goodbye"]}}).confidence == pytest.approx(ABSENT * confidence)


def test_the_surest_hit_decides_and_is_quoted_first(talk: Talk, decide: Decide) -> None:
    mumbled = talk("agent 0-1: sorry\nagent 1-2: sorry\nagent 2-3: sorry", words=True, confidence=0.3).turns
    clear = talk("agent 3-4: sorry", words=True).turns
    outcome = decide(Transcript(turns=(*mumbled, *clear), language="en"), {"said": {"phrases": ["sorry"]}})
    assert outcome.confidence == pytest.approx(FOUND)
    assert outcome.place == (0, 0)
    assert [piece.turn for piece in outcome.evidence] == [3, 0, 1]


def test_said_twice_is_as_sure_as_the_second_surest(talk: Talk, decide: Decide) -> None:
    turns = (*talk("agent 0-1: sorry", words=True, confidence=0.4).turns, *talk("agent 1-2: sorry", words=True).turns)
    outcome = decide(Transcript(turns=turns, language="en"), {"said": {"phrases": ["sorry"], "times": 2}})
    assert outcome.confidence == pytest.approx(FOUND * 0.4)
    assert outcome.place == (1, 0)  # only there it had been said twice


def test_suspect_turns_are_never_evidence(talk: Talk, decide: Decide) -> None:
    call = talk("agent 0-1: thank you\nagent 1-2: bye")
    suspect = call.model_copy(update={"turns": (call.turns[0].model_copy(update={"suspect": True}), call.turns[1])})
    assert decide(call, {"said": {"phrases": ["thank you"]}}).verdict is Verdict.YES
    assert decide(suspect, {"said": {"phrases": ["thank you"]}}).verdict is Verdict.NO
    assert decide(suspect, {"not_said": {"phrases": ["thank you"]}}).verdict is Verdict.YES


def test_where_all_was_suspect_nothing_is_decided(talk: Talk, decide: Decide) -> None:
    call = talk("agent 0-1: thank you")
    suspect = call.model_copy(update={"turns": tuple(turn.model_copy(update={"suspect": True}) for turn in call.turns)})
    assert decide(suspect, {"said": {"phrases": ["thank you"]}}).verdict is Verdict.UNDECIDED
    assert decide(suspect, {"not_said": {"phrases": ["thank you"]}}).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("languages", "phrases", "expected"),
    [
        (("en", "en"), {"en": ["x"]}, "no"),
        (("en", "fa"), {"en": ["x"]}, "undecided"),  # one turn could not be judged
        (("en", "fa"), {"en": ["x"], "fa": ["y"]}, "no"),
        (("en", "fa"), ["x"], "no"),  # a plain list is for any language
        (("fa", "en"), {"en": ["hello"]}, "yes"),  # found is found, whatever the rest is in
    ],
)
def test_a_missing_language_is_never_a_no(talk: Talk, decide: Decide, languages: tuple[str, str], phrases: Any, expected: str) -> None:
    call = talk("agent: good day\nagent: hello")
    turns = tuple(turn.model_copy(update={"language": one}) for turn, one in zip(call.turns, languages, strict=True))
    outcome = decide(call.model_copy(update={"turns": turns}), {"said": {"phrases": phrases}})
    assert outcome.verdict == expected


def test_the_language_of_a_suspect_turn_decides_nothing(talk: Talk, decide: Decide) -> None:
    call = talk("agent: good day\nagent: hello")
    turns = (call.turns[0], call.turns[1].model_copy(update={"language": "ko", "suspect": True}))
    assert decide(call.model_copy(update={"turns": turns}), {"said": {"phrases": {"en": ["bye"]}}}).verdict is Verdict.NO


def test_misheard_phrases_count_where_the_author_allows_them(talk: Talk, decide: Decide) -> None:
    call = talk("agent 0-3: is there anything ells i can help", words=True)
    exact = decide(call, {"said": {"phrases": ["anything else i can help"]}})
    fuzzy = decide(call, {"said": {"phrases": ["anything else i can help"], "fuzzy": 80}})
    assert (exact.verdict, fuzzy.verdict) == (Verdict.NO, Verdict.YES)
    assert 0.8 * FOUND <= fuzzy.confidence < FOUND


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"said": {"phrases": ["a"]}}, {"not_said": {"phrases": ["a"], "by": "agent"}}, True),
        ({"said": {"phrases": ["a"]}}, {"said": {"phrases": {"*": ["a"]}}}, True),
        ({"said": {"phrases": ["a"]}}, {"said": {"phrases": ["b"]}}, False),
        ({"said": {"phrases": ["a"]}}, {"said": {"phrases": ["a"], "fuzzy": 80}}, False),
        ({"said": {"phrases": ["a"]}}, {"matches": {"pattern": ["a"]}}, False),
    ],
)
def test_equal_phrases_share_one_look_up(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    keys = [query.key for raw in (one, other) for query in parse_detection(raw).queries({})]
    assert (keys[0] == keys[1]) is same
