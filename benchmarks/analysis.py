"""Rule analysis and scoring of text on one core, beside a plain spaCy pipeline that reads the same turns.

The conversations are chats made from the turns of the gold chats in three languages: 20 turns each, the parties in turn, every turn
with a number of its own, so that no cache of equal turns helps.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import spacy
from spacy.matcher import PhraseMatcher

from benchmarks import redaction
from qa_service.analysis.analysis import Analysis
from qa_service.analysis.encoder_weights import SOURCE
from qa_service.bootstrap import rubrics_dir, wired_analysis
from qa_service.channels import Conversation
from qa_service.channels.conversation import parse_conversation
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines, InteractionRef
from qa_service.domain.scoring import draft
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.services.lint import load_rubric
from qa_service.services.redaction import Redactor
from qa_service.settings import load_settings

TURNS = 20
#: Conversations that vectors are worked out for.
_WITH_VECTORS = 100
GOLD = Path(__file__).parents[1] / "scorecards"


def run(*, conversations: int) -> list[dict[str, Any]]:
    """One row per reader, with conversations and words a CPU second."""
    analysis = Analysis()
    files = sorted(rubrics_dir(load_settings()).glob("*.yaml"))
    rubrics = {rubric.channel: rubric for rubric in (load_rubric(file, catalogue=analysis.catalogue) for file in files)}
    warm, cases = corpus(400, seed=1), corpus(conversations, seed=2)
    words = sum(len(turn.text.split()) for _, transcript in cases for turn in transcript.turns)
    for case in warm:
        score(analysis, rubrics, case)
    rows = [_row("qa_service: signals, rules, scorecard", lambda: [score(analysis, rubrics, case) for case in cases], conversations, words)]
    rows.append(_row("finding and masking personal data", _masking(cases), conversations, words))
    rows += list(_learned(rubrics, cases))
    rows.append(_row("spaCy: tokens, sentences, phrases", _spacy(cases, rubrics), conversations, words))
    plain = rows[-1]["words/s"]
    rows = [{**row, "recall": None, "precision": None} for row in rows] + list(redaction.rows(cases))
    for row in rows:
        row["ratio to spaCy"] = row["words/s"] / plain
    return rows


def _masking(cases: Sequence[tuple[Interaction, Transcript]]) -> Any:
    """What comes before, when conversations are taken in."""
    redactor = Redactor()

    def work() -> None:
        for interaction, transcript in cases:
            redactor.conversation(Conversation(interaction=interaction, transcript=transcript))

    return work


def _learned(rubrics: dict[Channel, Rubric], cases: Sequence[tuple[Interaction, Transcript]]) -> Iterator[dict[str, Any]]:
    """With what was learned: without vectors, with vectors of sentences never seen before, and of sentences seen before."""
    settings = load_settings()
    plain = wired_analysis(settings.model_copy(update={"meanings": False}))
    yield _timed("the same, weighed by what was learned, no vectors", plain, rubrics, cases)
    if not SOURCE.installed:
        return
    with TemporaryDirectory() as folder:
        place = Path(folder)
        models = settings.data_dir.resolve() / "models"
        if models.is_dir():
            (place / "models").symlink_to(models)
        with_vectors = wired_analysis(settings.model_copy(update={"data_dir": place, "threads": 1}))
        few = cases[:_WITH_VECTORS]
        for case in corpus(4, seed=3):
            score(with_vectors, rubrics, case)
        yield _timed("with vectors, every sentence new", with_vectors, rubrics, few)
        yield _timed("with vectors, sentences seen before", with_vectors, rubrics, few)


def _timed(
    what: str, analysis: Analysis, rubrics: dict[Channel, Rubric], cases: Sequence[tuple[Interaction, Transcript]]
) -> dict[str, Any]:
    for case in cases[:1]:
        score(analysis, rubrics, case)
    words = sum(len(turn.text.split()) for _, transcript in cases for turn in transcript.turns)
    return _row(what, lambda: [score(analysis, rubrics, case) for case in cases], len(cases), words)


def corpus(count: int, *, seed: int) -> list[tuple[Interaction, Transcript]]:
    """Chats of 20 turns in all languages."""
    chance = random.Random(seed)
    sources = [parse_conversation(path.read_bytes(), file=path) for path in sorted((GOLD / "chat").glob("*.conversation.json"))]
    pools: dict[str, dict[Speaker, list[str]]] = {}
    for source in sources:
        pool = pools.setdefault(source.interaction.language or "en", {Speaker.AGENT: [], Speaker.CUSTOMER: []})
        for turn in source.transcript.turns:
            if turn.speaker in pool:
                pool[turn.speaker].append(turn.text)
    return [_conversation(number, chance, pools) for number in range(count)]


def _conversation(number: int, chance: random.Random, pools: dict[str, dict[Speaker, list[str]]]) -> tuple[Interaction, Transcript]:
    language = chance.choice(sorted(pools))
    speakers = itertools.cycle((Speaker.CUSTOMER, Speaker.AGENT))
    turns = tuple(
        Turn(speaker=who, text=f"{chance.choice(pools[language][who])} {number}{at}", start_ms=at * 9000, end_ms=at * 9000)
        for at, who in zip(range(TURNS), speakers, strict=False)
    )
    return Interaction(id=f"b-{number}", channel=Channel.CHAT, language=language), Transcript(turns=turns, language=language)


def score(analysis: Analysis, rubrics: dict[Channel, Rubric], case: tuple[Interaction, Transcript]) -> None:
    """What the service does with one conversation, without store."""
    interaction, transcript = case
    rubric = rubrics[interaction.channel]
    reading = analysis.read(interaction, transcript, rubric=rubric)
    suggestions = pre_score(
        rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, learned=reading.learned
    )
    draft(rubric, interaction=InteractionRef.of(interaction, language="en"), engine=Engines(analysis="bench"), suggestions=suggestions)


def _spacy(cases: list[tuple[Interaction, Transcript]], rubrics: dict[Channel, Rubric]) -> Any:
    pipelines = {}
    for language in ("en", "fa", "ar"):
        pipeline = spacy.blank(language)
        pipeline.add_pipe("sentencizer")
        matcher = PhraseMatcher(pipeline.vocab, attr="LOWER")
        for rubric in rubrics.values():
            for name, lists in rubric.phrases.items():
                matcher.add(f"{rubric.rubric}.{name}", [pipeline.make_doc(text) for text in lists.get(language, ()) if text.isprintable()])
        pipelines[language] = (pipeline, matcher)

    def read() -> None:
        for interaction, transcript in cases:
            pipeline, matcher = pipelines[interaction.language or "en"]
            for turn in transcript.turns:
                matcher(pipeline(turn.text))

    return read


def _row(what: str, work: Any, conversations: int, words: int) -> dict[str, Any]:
    begin = time.process_time()
    work()
    seconds = time.process_time() - begin
    return {"what": what, "CPU s": seconds, "conversations/s": conversations / seconds, "words/s": words / seconds}
