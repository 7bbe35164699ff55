"""Empathy: whether the agent takes up the customer's trouble where it was told, rather than in a formula at the end."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.among import Among
from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.lexicon import Lexicon, merged
from qa_service.domain.finding import Hit, Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Turns of the agent after a trouble in which taking it up is a reaction to it.
_NEXT = 3
#: Characters between words said in one breath.
_BREATH = 40
_LIVE = (Channel.PHONE, Channel.CHAT)


class Empathy:
    """Signal ``empathy.reaction``."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="empathy.reaction", unit=Unit.COUNT,
            method=(
                f"Apologies and words of understanding in the {_NEXT} turns of the agent after a trouble of the customer; "
                "in calls and chats not in the agent's last turn, and nowhere beside laughter. By lexicon."
            ),
        ),
    )

    def __init__(self) -> None:
        self._own = Lexicon("empathy")
        self._courtesy = Lexicon("courtesy")
        self._trouble = Lexicon("trouble")
        self._manner = Lexicon("manner")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The own lexicon; the others are looked up by their analyzers."""
        wanted = ("courtesy.apology", "courtesy.apology.not", "courtesy.empathy", "courtesy.empathy.not")
        also = (*self._courtesy.queries, *self._trouble.queries, *self._manner.queries)
        keys = {f"lexicon.{name}" for name in (*wanted, "trouble.trouble", "trouble.trouble.not", "manner.mockery")}
        return (*self._own.queries, *(query for query in also if query.key in keys))

    def analyze(self, material: Material) -> Iterable[Signal]:
        """The count; nothing can be said in a language without a lexicon."""
        if not material.covered:
            yield unmeasured("empathy.reaction")
            return
        turns = self._reacting(material)
        laughs = Among(self._manner.hits(material, "mockery", by=Speaker.AGENT))
        told = self._own.hits(material, "acknowledges", by=Speaker.AGENT)
        told += [hit for meaning in ("empathy", "apology") for hit in self._courtesy.hits(material, meaning, by=Speaker.AGENT)]
        found: list[Hit] = [hit for hit in merged(told) if hit.turn in turns and not _beside(laughs, hit)]
        yield counted("empathy.reaction", found, confidence=material.covered * (0.85 if found else 0.7))

    def _reacting(self, material: Material) -> set[int]:
        """Turns of the agent that react to a trouble, or to the customer's first words, which are what the contact is about."""
        agents = [index for index, turn in material.spoken if turn.speaker is Speaker.AGENT]
        customer = [index for index, turn in material.spoken if turn.speaker is Speaker.CUSTOMER]
        troubled = self._trouble.turns(material, "trouble", by=Speaker.CUSTOMER).union(customer[:1])
        found = {index for told in troubled for index in [one for one in agents if one > told][:_NEXT]}
        if material.interaction.channel in _LIVE and len(agents) > _NEXT:
            found.discard(agents[-1])
        return found


def _beside(laughs: Among, hit: Hit) -> bool:
    """Whether somebody laughs in the same breath."""
    return laughs.touches(hit.turn, hit.start - _BREATH, hit.start + _BREATH + 1)
