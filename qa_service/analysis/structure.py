"""Structure: how an agent's mails are laid out; of several mails, the worst counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from qa_service.analysis.base import Material, unmeasured, word_count
from qa_service.analysis.quoted import own_lines
from qa_service.analysis.sentences import sentences
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_EMAIL = (Channel.EMAIL,)
_ITEM = re.compile(r"^\s*(?:[-*•▪◦‣–—·]|\(?[0-9٠-٩۰-۹]{1,2}[.)\-/]|\(?[a-hA-Hا-ي][.)])\s+\S")

_MARKER = re.compile(r"^\s*(?:[-*•▪◦‣–—·]|\(?\w{1,2}[.)\-/])\s+")
_BLANK = re.compile(r"\n[ \t\u200e\u200f]*\n")


class Layout(NamedTuple):
    """How one mail is laid out."""

    #: Words of the longest paragraph; a list item is a paragraph of its own.
    longest: int
    #: Paragraphs.
    paragraphs: int
    #: List items.
    items: int
    #: Mean words a sentence.
    sentence: float
    #: Words of the longest sentence.
    long: int


class Structure:
    """Paragraphs, lists and sentences of mails."""

    specs: tuple[SignalSpec, ...] = tuple(
        SignalSpec(name=f"structure.{name}", unit=Unit.COUNT, channels=_EMAIL, method=method)
        for name, method in (
            ("longest_paragraph_words", "Words of the longest paragraph or list item in the agent's mails."),
            ("paragraphs", "Paragraphs of the agent's mail that has the longest paragraph."),
            ("list_items", "Lines that open with a bullet or number, in all mails of the agent."),
            ("words_per_sentence", "Mean words a sentence, in the agent's mail where it is highest."),
            ("longest_sentence_words", "Words of the longest sentence in the agent's mails."),
        )
    )

    @property
    def queries(self) -> tuple[Query, ...]:
        """None."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``; only e-mail carries it."""
        agent = [(index, turn) for index, turn in material.spoken if turn.speaker is Speaker.AGENT]
        if material.interaction.channel is not Channel.EMAIL or not agent:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        mails = [(index, layout(turn.text)) for index, turn in agent]
        densest, worst = max(mails, key=lambda mail: mail[1].longest)
        wordiest, long = max(mails, key=lambda mail: mail[1].sentence)
        breathless, endless = max(mails, key=lambda mail: mail[1].long)
        at = (Place(turn=densest),)
        yield Signal(name="structure.longest_paragraph_words", value=worst.longest, places=at)
        yield Signal(name="structure.paragraphs", value=worst.paragraphs, places=at)
        listed = tuple(Place(turn=index) for index, mail in mails if mail.items)
        yield Signal(name="structure.list_items", value=sum(mail.items for _, mail in mails), places=listed)
        yield Signal(name="structure.words_per_sentence", value=long.sentence, places=(Place(turn=wordiest),))
        yield Signal(name="structure.longest_sentence_words", value=endless.long, places=(Place(turn=breathless),))


def layout(text: str) -> Layout:
    """The layout of a mail without quoted lines."""
    counts: list[int] = []
    items, last = 0, -1
    own = list(own_lines(text))
    for line in own:
        listed = bool(_ITEM.match(line.text))
        items += listed
        if listed or last < 0 or _BLANK.search(text, last, line.start):
            counts.append(0)
        counts[-1] += word_count(_MARKER.sub("", line.text))
        last = line.end
    lengths = _sentence_lengths("\n".join(line.text for line in own))
    mean = sum(lengths) / len(lengths) if lengths else 0.0
    return Layout(max(counts, default=0), len(counts), items, mean, max(lengths, default=0))


def _sentence_lengths(text: str) -> list[int]:
    """Words of each sentence that has more than one."""
    return [count for start, end in sentences(text) if (count := word_count(text[start:end])) > 1]
