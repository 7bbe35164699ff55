"""The analysis of one interaction: languages, one pass for all phrases, then every analyzer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from qa_service.analysis import ANALYZERS
from qa_service.analysis.base import Analyzer, Material, Reading
from qa_service.analysis.finder import Finder
from qa_service.analysis.language import main_language, turn_language
from qa_service.analysis.meaning import Meanings
from qa_service.analysis.reading import with_readings
from qa_service.domain.criteria.case import GUESSED
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.pre_score import wanted_meanings
from qa_service.domain.rubric import Rubric
from qa_service.domain.signal import Signal, SignalSpec
from qa_service.domain.transcript import Transcript

#: Grows whenever the same input may give other signals; stored with every scorecard.
VERSION = "rules/2"
#: Families of signals that are the same whoever speaks, and those whose analyzers weigh guessed parties themselves.
_WHOEVER = frozenset({"silence", "speech", "ivr", "machine", "music", "ring"})
_WEIGHED = frozenset({
    "talk", "pace", "articulation", "dead_air", "overtalk", "interruptions", "yield", "latency", "loudness", "channels", "hold",
})  # fmt: skip
#: Compiled rubrics that are kept.
_KEPT = 32


class Analysis:
    """Reads interactions; build once a process (lexicons and rubrics are compiled on first use)."""

    def __init__(self, analyzers: Iterable[Analyzer] | None = None, *, meanings: Meanings | None = None) -> None:
        """``meanings``: what answers ``means``; without it such detections stay undecided."""
        self._meanings = meanings
        self._analyzers = tuple(ANALYZERS[name]() for name in ANALYZERS) if analyzers is None else tuple(analyzers)
        self._of = {channel: tuple(one for one in self._analyzers if _carries(one, channel)) for channel in Channel}
        self._foreign = {
            channel: {spec.name: Signal(name=spec.name, value=None) for one in self._analyzers if one not in of for spec in one.specs}
            for channel, of in self._of.items()
        }
        self._finders: dict[str, Finder] = {}

    @property
    def version(self) -> str:
        """What must be stored beside the signals."""
        return VERSION if self._meanings is None else f"{VERSION} {self._meanings.version}"

    @property
    def catalogue(self) -> Mapping[str, SignalSpec]:
        """Every signal by name."""
        return {spec.name: spec for analyzer in self._analyzers for spec in analyzer.specs}

    def read(
        self, interaction: Interaction, transcript: Transcript, *, rubric: Rubric | None = None, decide_at: float = 0.5
    ) -> Reading:
        """Signals and findings of an interaction; the rubric's phrases are found in the same pass as the lexicons.

        Every signal of the catalogue is there; those that the channel does not carry are unmeasured. Meanings are looked up last, for the
        criteria that would be undecided or under ``decide_at`` without.
        """
        known = with_languages(transcript, interaction.language)
        if interaction.channel is Channel.PHONE:
            known = with_readings(known)
        findings = self._finder(rubric, interaction.channel).find(known)
        material = Material(interaction=interaction, transcript=known, findings=findings)
        measured = {signal.name: signal for analyzer in self._of[interaction.channel] for signal in analyzer.analyze(material)}
        if interaction.channel is Channel.PHONE and not known.speakers_known:
            measured = {name: _less_sure(signal) for name, signal in measured.items()}
        signals = self._foreign[interaction.channel] | measured
        if rubric is not None and self._meanings is not None:
            wanted = wanted_meanings(rubric, transcript=known, signals=signals, findings=findings, decide_at=decide_at)
            findings = {**findings, **self._meanings.find(known, wanted)} if wanted else findings
        return Reading(known, signals, findings)

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
