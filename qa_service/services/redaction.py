"""Redaction: personal data are masked before a contact is stored; every way in goes through here."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from qa_service.analysis.analysis import with_languages
from qa_service.analysis.reading import with_readings
from qa_service.analysis.redaction import Recognizer, redact, redacted
from qa_service.channels import Conversation
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.redaction import Kind, Originals, Span, Taken
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.errors import ConfigurationError
from qa_service.settings import Settings

_ON, _OFF = ("on", "all"), ("off", "none")
#: Keys of metadata that our own readers write: ids of agents, and how the parties were told.
_OWN_KEYS = frozenset({"agents", "parties"})
#: Keys that tell of our own people, whose names stay.
_STAFF = re.compile(r"(?:agent|advis[eo]r|operator|employee|handler|assignee|owner|supervisor|team|queue)(?:[ _-].*)?", re.IGNORECASE)
_WHO = r"(?:customer|caller|client|contact|sender|from|to|account|holder|cli|full|first|last|family|sur|fore|maiden|given|user)"
#: Keys whose whole value is personal data, however it looks.
_TELLING: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(rf"(?:{_WHO}[ _-]?)*(?:{names})", re.IGNORECASE), kind)
    for names, kind in (
        (r"name", Kind.NAME),
        (r"e-?mail(?:[ _-]?address)?", Kind.EMAIL),
        (r"(?:tele)?phone(?:[ _-]?(?:number|no))?|mobile(?:[ _-]?(?:number|no))?|msisdn|ani|cli|caller[ _-]?id", Kind.PHONE),
        (r"(?:postal[ _-]?|home[ _-]?|street[ _-]?|billing[ _-]?|shipping[ _-]?)?address|post[ _-]?code|zip(?:[ _-]?code)?", Kind.ADDRESS),
        (r"iban", Kind.IBAN),
        (r"(?:credit[ _-]?|debit[ _-]?)?card(?:[ _-]?(?:number|no))?|pan", Kind.CARD),
        (r"cvv2?|cvc2?", Kind.CVV),
        (r"dob|birth[ _-]?(?:date|day)|date[ _-]?of[ _-]?birth", Kind.BIRTH_DATE),
        (r"ssn|national[ _-]?(?:id|code|number)|passport(?:[ _-]?(?:number|no))?", Kind.NATIONAL_ID),
    )
)


class Masked(NamedTuple):
    """A transcript without personal data."""

    #: With placeholders, which its ``redactions`` tell.
    transcript: Transcript
    #: What stood in their place, in order: for a vault, or to be forgotten.
    taken: tuple[Taken, ...]


class MaskedConversation(NamedTuple):
    """A contact without personal data."""

    #: To be stored.
    conversation: Conversation
    #: For a vault, or to be forgotten.
    originals: Originals


class Redactor:
    """Masks what is to be stored; one that masks no kind gives back what it got."""

    def __init__(self, kinds: Collection[Kind] = tuple(Kind), *, names: Recognizer | None = None) -> None:
        """``names``: a recognizer of names that is asked besides the lists and rules."""
        self._kinds = frozenset(kinds)
        self._names = names

    @classmethod
    def of(cls, settings: Settings, *, names: Recognizer | None = None) -> Redactor:
        """As ``QA_REDACTION`` says; raises :class:`ConfigurationError` for a kind that nobody knows."""
        return cls(redacted_kinds(settings.redaction), names=names)

    @property
    def on(self) -> bool:
        """Whether anything is masked."""
        return bool(self._kinds)

    def transcript(self, transcript: Transcript, interaction: Interaction) -> Masked:
        """The transcript masked, its languages (and the readings of a call) filled in; the name of the interaction's agent stays."""
        if not self.on:
            return Masked(transcript, ())
        known = _known(transcript, interaction)
        return _masked(known, self._spans(known.turns, known.language, interaction.agent))

    def conversation(self, conversation: Conversation) -> MaskedConversation:
        """Turns, subject and metadata masked; ids, header names of agents and everything else stay."""
        if not self.on:
            return MaskedConversation(conversation, Originals())
        interaction = conversation.interaction
        known = _known(conversation.transcript, interaction)
        # The subject is read with the turns, since it shares their names; it stands last, so that no turn answers it.
        subject = () if not interaction.subject else (Turn(speaker=Speaker.CUSTOMER, text=interaction.subject),)
        spans = self._spans((*known.turns, *subject), known.language, interaction.agent)
        masked = _masked(known, [span for span in spans if span.turn < len(known.turns)])
        header, taken = self._header(interaction, [span for span in spans if span.turn == len(known.turns)], known.language)
        originals = taken.model_copy(update={"taken": masked.taken})
        return MaskedConversation(Conversation(interaction=header, transcript=masked.transcript), originals)

    def interaction(self, interaction: Interaction) -> tuple[Interaction, Originals]:
        """Subject and metadata masked, and what they held before."""
        if not self.on:
            return interaction, Originals()
        subject = () if not interaction.subject else (Turn(speaker=Speaker.CUSTOMER, text=interaction.subject),)
        return self._header(interaction, self._spans(subject, interaction.language, interaction.agent), interaction.language)

    def text(self, text: str, *, language: str | None = None) -> str:
        """A text by itself (a message of an error, say), masked."""
        return _replaced(text, self._spans((Turn(speaker=Speaker.CUSTOMER, text=text),), language, None)) if self.on else text

    def sidecar(self, data: bytes) -> bytes:
        """What an engine needs of a side-car (language and turns), its turns masked."""
        if not self.on:
            return data
        told = json.loads(data)
        raw = told.get("turns") or []
        turns = tuple(Turn(speaker=Speaker(one["speaker"]), text=one["text"]) for one in raw)
        spans = self._spans(turns, told.get("language"), None)
        texts = [_replaced(turn.text, [span for span in spans if span.turn == index]) for index, turn in enumerate(turns)]
        kept = [
            {**{name: one[name] for name in ("speaker", "start", "end") if name in one}, "text": text}
            for one, text in zip(raw, texts, strict=True)
        ]
        return json.dumps({"language": told.get("language"), "turns": kept}, ensure_ascii=False).encode()

    def _spans(self, turns: Sequence[Turn], language: str | None, agent: AgentRef | None) -> list[Span]:
        own = _words(agent.name) if agent is not None and agent.name else frozenset[str]()
        found = redact(turns, language, kinds=self._kinds, names=self._names)
        return [one for one in found if one.kind is not Kind.NAME or not own.issuperset(_words(turns[one.turn].text[one.start : one.end]))]

    def _header(self, interaction: Interaction, subject: Sequence[Span], language: str | None) -> tuple[Interaction, Originals]:
        metadata = {key: value if key in _OWN_KEYS else self._value(key, value, language) for key, value in interaction.metadata.items()}
        line = interaction.subject if interaction.subject is None else _replaced(interaction.subject, subject)
        if line == interaction.subject and metadata == interaction.metadata:
            return interaction, Originals()
        before = Originals(
            subject=interaction.subject if line != interaction.subject else None,
            metadata=interaction.metadata if metadata != interaction.metadata else None,
        )
        return interaction.model_copy(update={"subject": line, "metadata": metadata}), before

    def _value(self, key: str, value: Any, language: str | None) -> Any:
        """A value of the metadata, masked; what its key calls personal data is masked whole."""
        if isinstance(value, Mapping):
            return {name: self._value(str(name), one, language) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(key, one, language) for one in value]
        if value is None or isinstance(value, bool) or value == "":
            return value
        kind = next((kind for pattern, kind in _TELLING if pattern.fullmatch(key)), None)
        if kind is not None and kind in self._kinds:
            return kind.placeholder
        lead = f"{re.sub('[_-]+', ' ', key)}: "
        text = str(value)
        spans = self._spans((Turn(speaker=Speaker.CUSTOMER, text=lead + text),), language, None)
        inside = [span._replace(start=span.start - len(lead), end=span.end - len(lead)) for span in spans if span.start >= len(lead)]
        if _STAFF.fullmatch(key):
            inside = [span for span in inside if span.kind is not Kind.NAME]
        return _replaced(text, inside) if inside else value


def redacted_kinds(setting: str) -> frozenset[Kind]:
    """``on``, ``off``, or kinds with commas between; raises :class:`ConfigurationError`."""
    told = [one.strip().lower() for one in setting.split(",") if one.strip()]
    if len(told) == 1 and told[0] in _ON:
        return frozenset(Kind)
    if len(told) == 1 and told[0] in _OFF:
        return frozenset()
    known = {kind.lower(): kind for kind in Kind}
    strange = next((one for one in told if one not in known), None)
    if strange is not None or not told:
        hint = f"on, off, or some of {', '.join(known)}"
        raise ConfigurationError(f"{strange or setting!r} is no kind of personal data", field="QA_REDACTION", hint=hint)
    return frozenset(known[one] for one in told)


def _known(transcript: Transcript, interaction: Interaction) -> Transcript:
    """With everything that the analysis would find out first, and recognizers want to know."""
    known = with_languages(transcript, interaction.language)
    return with_readings(known) if interaction.channel is Channel.PHONE else known


def _masked(transcript: Transcript, spans: Sequence[Span]) -> Masked:
    ordered = sorted(spans)
    masked = redacted(transcript, ordered)
    texts = (transcript.turns[one.turn].text[one.start : one.end] for one in ordered)
    return Masked(masked, tuple(Taken(**dict(told), text=text) for told, text in zip(masked.redactions or (), texts, strict=True)))


def _replaced(text: str, spans: Sequence[Span]) -> str:
    for span in sorted(spans, reverse=True):
        text = text[: span.start] + span.kind.placeholder + text[span.end :]
    return text


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))
