"""The analysis of one interaction: languages, one pass for all phrases, then every analyzer."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Protocol

from qa_service.analysis import ANALYZERS
from qa_service.analysis.base import Analyzer, Material, Reading
from qa_service.analysis.concepts import Concepts
from qa_service.analysis.finder import Finder
from qa_service.analysis.language import LANGUAGES, main_language, turn_language
from qa_service.analysis.meaning import Meanings
from qa_service.analysis.reading import with_readings
from qa_service.domain.criteria.case import GUESSED
from qa_service.domain.finding import Findings
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.judgement import NO_JUDGEMENTS, Asked, Judgements
from qa_service.domain.learned.model import LearnedModel
from qa_service.domain.pre_score import wanted_concepts, wanted_judgements, wanted_meanings
from qa_service.domain.rubric import Rubric
from qa_service.domain.signal import Signal, SignalSpec
from qa_service.domain.transcript import Transcript

#: Grows whenever the same input may give other signals; stored with every scorecard.
VERSION = "rules/3"
#: Families of signals that are the same whoever speaks, and those whose analyzers weigh guessed parties themselves.
_WHOEVER = frozenset({"silence", "speech", "ivr", "machine", "music", "ring"})
_WEIGHED = frozenset({
    "talk", "pace", "articulation", "dead_air", "overtalk", "interruptions", "yield", "latency", "loudness", "channels", "hold",
})  # fmt: skip
#: Tells what was learned for a rubric, if anything.
Learned = Callable[[Rubric], LearnedModel | None]
_LOG = logging.getLogger(__name__)
#: Compiled rubrics that are kept.
_KEPT = 32


class Judging(Protocol):
    """What asks a language model; an installation without a server loads nothing of it."""

    @property
    def version(self) -> str:
        """What must be stored beside the answers."""

    def find(self, transcript: Transcript, wanted: Iterable[Asked]) -> Judgements:
        """A judgement for each question."""


class Analysis:
    """Reads interactions; build once a process (lexicons and rubrics are compiled on first use)."""

    def __init__(
        self, analyzers: Iterable[Analyzer] | None = None, *, meanings: Meanings | None = None, judges: Judging | None = None,
        learned: Learned | None = None, concepts: Concepts | None = None,
    ) -> None:
        """``meanings`` answers ``means``, ``judges`` answers ``judge``; without them such detections stay undecided. ``learned`` weighs the
        rules' suggestions again, with ``concepts`` where the rules alone are not sure enough.
        """
        self._learned = learned
        self._concepts = concepts
        self._stale: set[str] = set()
        self._meanings = meanings
        self._judges = judges
        self._analyzers = tuple(ANALYZERS[name]() for name in ANALYZERS) if analyzers is None else tuple(analyzers)
        self._of = {channel: tuple(one for one in self._analyzers if _carries(one, channel)) for channel in Channel}
        self._foreign = {
            channel: {spec.name: Signal(name=spec.name, value=None) for one in self._analyzers if one not in of for spec in one.specs}
            for channel, of in self._of.items()
        }
        self._finders: dict[str, Finder] = {}
        #: Channels and languages whose lexicons are compiled and out of the collector's way.
        self._settled: set[tuple[Channel, str | None]] = set()
        self._first = False

    @property
    def version(self) -> str:
        """What must be stored beside the signals."""
        return " ".join([VERSION, *(one.version for one in (self._meanings, self._judges) if one is not None)])

    @property
    def concepts(self) -> Concepts | None:
        """What tells how likely sentences mean something, where vectors are."""
        return self._concepts

    @property
    def unlearned(self) -> Analysis:
        """The same without anything learned: what the rules say."""
        found = copy(self)
        found._learned = None
        return found

    def version_with(self, learned: LearnedModel | None) -> str:
        """What must be stored beside suggestions: the same with what was learned."""
        return self.version if learned is None else f"{self.version} learned/{learned.name}"

    def version_for(self, rubric: Rubric) -> str:
        """The same for a rubric as it would be judged now."""
        return self.version_with(self.learned_for(rubric))

    @property
    def catalogue(self) -> Mapping[str, SignalSpec]:
        """Every signal by name."""
        return {spec.name: spec for analyzer in self._analyzers for spec in analyzer.specs}

    def read(
        self, interaction: Interaction, transcript: Transcript, *, rubric: Rubric | None = None, decide_at: float = 0.5
    ) -> Reading:
        """Signals and findings of an interaction; the rubric's phrases are found in the same pass as the lexicons.

        Every signal of the catalogue is there; those that the channel does not carry are unmeasured. Meanings are looked up last, for the
        criteria that would be undecided or under ``decide_at`` without; a language model is asked behind those, in the same way.
        """
        known = with_languages(transcript, interaction.language)
        if interaction.channel is Channel.PHONE:
            known = with_readings(known)
        findings = self._finder(rubric, interaction.channel).find(known)
        material = Material(interaction=interaction, transcript=known, findings=findings)
        measured = {signal.name: signal for analyzer in self._of[interaction.channel] for signal in analyzer.analyze(material)}
        self._settle(interaction.channel, known.language)
        if interaction.channel is Channel.PHONE and not known.speakers_known:
            measured = {name: _less_sure(signal) for name, signal in measured.items()}
        signals = self._foreign[interaction.channel] | measured
        if rubric is not None and self._meanings is not None:
            wanted = wanted_meanings(rubric, transcript=known, signals=signals, findings=findings, decide_at=decide_at)
            findings = {**findings, **self._meanings.find(known, wanted)} if wanted else findings
        learned = self.learned_for(rubric)
        findings = self._conceived(rubric, learned, Reading(known, signals, findings), decide_at)
        read = Reading(known, signals, findings, learned=learned)
        return read._replace(judgements=self._judged(rubric, read, decide_at))

    def _settle(self, channel: Channel, language: str | None) -> None:
        """After a channel's first interaction in a language its lexicons are compiled and stay as long as the process does: the cycle
        collector need not walk these hundred thousands of objects again and again. Only the first analysis of a process does so: what
        another one made may have to go."""
        settled = (channel, language if language in LANGUAGES else None)
        if settled in self._settled:
            return
        if not self._settled:
            self._first = not gc.get_freeze_count()
        self._settled.add(settled)
        if self._first:
            gc.collect(1)
            gc.freeze()

    def learned_for(self, rubric: Rubric | None) -> LearnedModel | None:
        """What was learned for a rubric, where it knows the signals of this analysis."""
        model = None if rubric is None or self._learned is None else self._learned(rubric)
        if model is None or model.analysis == VERSION:
            return model
        if model.name not in self._stale:
            self._stale.add(model.name)
            _LOG.warning("what was learned as %s is not used: it knows signals of %s, and this is %s", model.name, model.analysis, VERSION)
        return None

    def _conceived(self, rubric: Rubric | None, learned: LearnedModel | None, reading: Reading, decide_at: float) -> Findings:
        """The findings, with the meanings that the learned model asks for."""
        if rubric is None or learned is None or self._concepts is None or learned.meanings != self._concepts.version:
            return reading.findings
        wanted = wanted_concepts(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, learned=learned, decide_at=decide_at
        )
        return {**reading.findings, **self._concepts.find(reading.transcript, wanted)} if wanted else reading.findings

    def _judged(self, rubric: Rubric | None, reading: Reading, decide_at: float) -> Judgements:
        if rubric is None or self._judges is None:
            return NO_JUDGEMENTS
        asked = wanted_judgements(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, learned=reading.learned,
            decide_at=decide_at,
        )
        return self._judges.find(reading.transcript, asked) if asked else NO_JUDGEMENTS

    def _finder(self, rubric: Rubric | None, channel: Channel) -> Finder:
        """Compiled once a rubric, by fingerprint (a rubric holds mappings and cannot be hashed itself)."""
        key = rubric.fingerprint if rubric is not None else channel.value
        if key not in self._finders:
            while len(self._finders) >= _KEPT:
                self._finders.pop(next(iter(self._finders)))
            own = tuple(rubric.queries.values()) if rubric is not None else ()
            self._finders[key] = Finder((*(query for analyzer in self._of[channel] for query in analyzer.queries), *own))
        return self._finders[key]


def _carries(analyzer: Analyzer, channel: Channel) -> bool:
    return any(channel in spec.channels for spec in analyzer.specs)


def _less_sure(signal: Signal) -> Signal:
    """A signal of a call whose parties are guessed: what rests on who spoke is no surer than that."""
    family = signal.name.partition(".")[0]
    if signal.value is None or family in _WHOEVER | _WEIGHED:
        return signal
    return signal.model_copy(update={"confidence": signal.confidence * GUESSED})


def with_languages(transcript: Transcript, told: str | None) -> Transcript:
    """The transcript with its main language and that of every turn."""
    main, confidence = told or transcript.language, transcript.language_confidence
    if main is None:
        main, confidence = main_language(transcript)
    turns = tuple(
        turn if (language := turn_language(turn, main=main)) == turn.language else turn.model_copy(update={"language": language})
        for turn in transcript.turns
    )
    return transcript.model_copy(update={"turns": turns, "language": main, "language_confidence": confidence})
