"""Trains what comes with the product: ``qa_service/analysis/concepts.json``, ``rubrics/learned/*.json``, figures in ``docs/learning.md``.

    python -m benchmarks.train_learned

The same files give the same numbers. Learned from ``tests/conversations/{pool,half_tuned,tuned}``, ``scorecards/`` and
``tests/analysis/utterances``; ``locked`` and the test split of the gold are never learned from. Figures are of conversations that were
left out, of the second pool alone, because the rules were written with the others at hand; the directions of a left-out conversation
never saw it either.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.learned_figures import write_figures
from qa_service.analysis.analysis import Analysis
from qa_service.analysis.concept_training import SOURCES, Bag, BagSource, fit_concept
from qa_service.analysis.concepts import Concepts, Directions, paired, sentences_of
from qa_service.analysis.encoder import SentenceEncoder
from qa_service.analysis.probe import Matrix
from qa_service.analysis.vectors import MemoryCache, TextVectors
from qa_service.domain.finding import Findings
from qa_service.domain.learned.features import ANSWERING, turns_of
from qa_service.domain.learned.plan import concept_names
from qa_service.domain.scorecard import Gold, Split
from qa_service.domain.transcript import Speaker
from qa_service.services.gold import load
from qa_service.services.learning.cases import Answered, ReadCase, read_cases
from qa_service.services.learning.fit import Example, figures
from qa_service.services.learning.train import FOLDS, Fold, Sorts, fold_of, predictions, thresholds_of, train, untrained
from qa_service.services.lint import load_rubric
from qa_service.store.gold import read_gold

ROOT = Path(__file__).parents[1]
UTTERANCES = ROOT / "tests/analysis/utterances"


class Set(NamedTuple):
    """Conversations that are learned from."""

    folder: str
    #: The rules were written with it at hand.
    tuned: bool
    #: Left out in turn, and what the figures are of.
    measured: bool = False
    #: Only conversations whose ids begin so, or do not.
    prefix: str = ""
    others: bool = False

    def holds(self, conversation: str) -> bool:
        """Whether it is one of them."""
        return conversation.startswith(self.prefix) is not self.others

    @property
    def name(self) -> str:
        """For the record."""
        return f"{self.folder}/{self.prefix}*" if self.prefix and not self.others else self.folder


#: The rules were improved on the first pool; the second (``p2...``) was written after that and nobody looked at it.
SETS = (
    Set("tests/conversations/pool", tuned=False, measured=True, prefix="p2"),
    Set("tests/conversations/pool", tuned=True, prefix="p2", others=True),
    Set("scorecards", tuned=False),
    Set("tests/conversations/half_tuned", tuned=True),
    Set("tests/conversations/tuned", tuned=True),
)
#: Parts in which what a direction says of a conversation is worked out without it.
_CROSS = 3
_TUNED = 0.5


class Labelled(NamedTuple):
    """A sentence (or question and answer) that somebody labelled."""

    language: str
    yes: bool
    texts: tuple[str, ...]


class Workshop:
    """Everything that is read once."""

    def __init__(self, *, models: Path) -> None:
        analysis = Analysis()
        self.vectors = TextVectors(SentenceEncoder(cache_dir=models), cache=MemoryCache(size=1_000_000))
        self.rubrics = [load_rubric(file, catalogue=analysis.catalogue) for file in sorted((ROOT / "rubrics").glob("*.yaml"))]
        self.sorts = {one.id: Sorts.of(one, analysis.catalogue) for rubric in self.rubrics for one in rubric.criteria}
        self.sources: dict[str, dict[str, int]] = {}
        self.measured: set[str] = set()
        self.cases = [case for one in SETS for case in self._read(analysis, one)]
        self.labelled = {path.stem: list(_labelled(path)) for path in sorted(UTTERANCES.glob("*.tsv"))}
        self.sentences = {id(case): sentences_of(case.reading.transcript, _people(case)) for case in self.cases}
        self.centres = self._centres()
        plain = Concepts(self.vectors, directions=self._directions({}))
        self.rows = {key: plain.rows(some) if some else np.zeros((0, 0)) for key, some in self.sentences.items()}

    def _read(self, analysis: Analysis, source: Set) -> Iterator[ReadCase]:
        found = read_gold(ROOT / source.folder, recordings=ROOT / "audio_fixtures")
        files = [file for file in found if source.holds(file.card.interaction.id) and (file.card.gold or Gold()).split is Split.TRAIN]
        for rubric in self.rubrics:
            own = [file for file in files if file.card.interaction.channel is rubric.channel]
            self.sources.setdefault(rubric.rubric, {})[source.name] = len(own)
            answered = (
                Answered(
                    interaction=interaction, transcript=transcript, tuned=source.tuned,
                    answers={one.id: one.answer for one in file.card.criteria if one.answer is not None},
                )
                for file, (interaction, transcript) in ((file, load(file)) for file in own)
            )
            for case in read_cases(analysis, rubric, answered):
                if source.measured:
                    self.measured.add(case.answered.interaction.id)
                yield case

    def _centres(self) -> dict[str, Matrix]:
        by_language: dict[str, list[str]] = {}
        for sentences in self.sentences.values():
            for one in sentences:
                by_language.setdefault(one.language or "?", []).append(one.text)
        known = {language: texts for language, texts in by_language.items() if language in ("en", "fa", "ar")}
        return {language: self.vectors.of(texts).astype(np.float64).mean(axis=0) for language, texts in known.items()}

    def _directions(self, weights: Mapping[str, Matrix]) -> Directions:
        return Directions(vectors=self.vectors.version, centres=self.centres, weights=weights)

    def directions(self, cases: Sequence[ReadCase]) -> Directions:
        """Learned from these conversations and all labelled sentences."""
        empty = self._directions({})
        found: dict[str, Matrix] = {}
        for name in concept_names():
            source = SOURCES[name]
            told = self.labelled[source.sentences] if source.sentences is not None else []
            rows = self._labelled_rows(name, told, empty)
            bags = [bag for one in source.bags for case in cases for bag in self._bag(case, one)]
            weights = fit_concept(rows=rows, yes=[one.yes for one in told], bags=bags)
            if weights is not None:
                found[name] = weights
        return self._directions(found)

    def _labelled_rows(self, concept: str, told: Sequence[Labelled], empty: Directions) -> Matrix:
        if not told:
            return np.zeros((0, 0))
        languages = [one.language for one in told]
        answers = empty.rows(self.vectors.of([one.texts[-1] for one in told]).astype(np.float64), languages)
        if concept not in ANSWERING:
            return answers
        return paired(answers, empty.rows(self.vectors.of([one.texts[0] for one in told]).astype(np.float64), languages))

    def _bag(self, case: ReadCase, source: BagSource) -> Iterator[Bag]:
        answer = case.answered.answers.get(source.criterion)
        if answer not in (*source.yes, *source.no):
            return
        turns = set(turns_of(case.case(), Speaker(source.party), source.part))
        chosen = [index for index, one in enumerate(self.sentences[id(case)]) if one.turn in turns]
        if chosen:
            yield Bag(self.rows[id(case)][chosen], answer in source.yes, _TUNED if case.answered.tuned else 1.0)

    def examples(self, cases: Sequence[ReadCase], directions: Directions) -> list[Example]:
        """With what those directions say."""
        concepts = Concepts(self.vectors, directions=directions)
        return [example for case in cases for example in case.examples(_found(concepts, case))]

    def crossed(self, cases: Sequence[ReadCase]) -> list[Example]:
        """With what directions say that were learned without the conversation."""
        found: list[Example] = []
        for part in range(_CROSS):
            others = [case for case in cases if _part(case) != part]
            found += self.examples([case for case in cases if _part(case) == part], self.directions(others))
        return found


def main(arguments: Sequence[str]) -> int:
    """Trains, writes and tells the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT / "qa_data/models", help="where the encoder is unpacked")
    parser.add_argument("--out", type=Path, default=ROOT, help="the checkout to write to")
    options = parser.parse_args(arguments)
    shop = Workshop(models=options.models)
    folds = []
    for part in range(FOLDS):
        left_out = [case for case in shop.cases if _measured(shop, case) and fold_of(case.answered.interaction.id) == part]
        known = [case for case in shop.cases if not (_measured(shop, case) and fold_of(case.answered.interaction.id) == part)]
        folds.append(Fold(shop.crossed(known), shop.examples(left_out, shop.directions(known))))
    predicted = predictions(folds, shop.sorts, untrained)
    found = thresholds_of(predicted)
    directions = shop.directions(shop.cases)
    version = Concepts(shop.vectors, directions=directions).version
    examples = shop.crossed(shop.cases)
    _write(options.out / "qa_service/analysis/concepts.json", directions.as_data())
    for rubric in shop.rubrics:
        model = train(
            rubric, examples=examples, predicted=predicted, found=found, sorts=shop.sorts, version=0, sources=shop.sources[rubric.rubric],
            meanings=version, towards=untrained,
        )
        _write(options.out / f"rubrics/learned/{rubric.rubric}.json", model.as_data())
    page = options.out / "docs/learning.md"
    if page.is_file():
        write_figures(page, predicted, found)
    whole = figures(predicted, found)
    asked = {one.example.group for one in predicted if one.meaning is not None and max(one.plain.values()) < found.sure}
    told = {
        "thresholds": found.__dict__, "before": whole.before.model_dump(), "plain": whole.plain.model_dump(),
        "after": whole.after.model_dump(), "languages": {name: one.model_dump() for name, one in whole.languages.items()},
        "conversations": len(shop.measured), "conversations with vectors": len(asked),
    }
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 0


def _found(concepts: Concepts, case: ReadCase) -> Findings:
    return concepts.find(case.reading.transcript, case.wanted())


def _people(case: ReadCase) -> list[int]:
    people = (Speaker.AGENT, Speaker.CUSTOMER)
    return [index for index, turn in enumerate(case.reading.transcript.turns) if turn.speaker in people and not turn.suspect]


def _measured(shop: Workshop, case: ReadCase) -> bool:
    return case.answered.interaction.id in shop.measured


def _part(case: ReadCase) -> int:
    return fold_of(f"cross {case.answered.interaction.id}", folds=_CROSS)


def _labelled(path: Path) -> Iterator[Labelled]:
    for line in path.read_text(encoding="utf-8").splitlines():
        language, answer, text = line.split("\t")
        yield Labelled(language, answer == "yes", tuple(text.split(" || ")))


def _write(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
