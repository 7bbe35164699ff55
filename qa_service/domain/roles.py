"""Roles: which of two parties talks like the agent, and whether a channel map looks turned round.

Agents and customers say different things: the agent names the house and offers help, asks for names and numbers, announces waits, speaks
of "your" account and asks whether there is anything else; the customer says why they call and speaks of "my" account. Each family of such
words (:mod:`.role_cues`) counts for the party that uses it more, a little more with every use but never without bound, so that no single
habit decides; who opens the call counts too. (How many questions a party asks does not: dissatisfied customers ask more than agents do.)
The sum is a log-odds: weights are those of a logistic regression without intercept on labelled calls and chats in English, Persian and
Arabic, whole, without their first turns, and without punctuation; how sure it is, is the hyperbolic tangent of half of that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple, Protocol

from qa_service.domain.role_cues import CUES

#: At least this sure, and the parties count as known where no channel map tells.
SURE = 0.6
#: At least this sure, and a channel map is doubted.
DOUBTED = 0.9


class Said(Protocol):
    """A turn of one of two parties."""

    @property
    def party(self) -> int:
        """0 or 1."""

    @property
    def text(self) -> str:
        """The words."""


class Line(NamedTuple):
    """The plainest :class:`Said`."""

    party: int
    text: str


#: Log-odds of being the agent for each family; uses count as their root, so that a second one is worth less than the first. Opening the
#: call and offering help mostly go together in what was learned from; when they do not, as in outbound calls, the offer is believed.
_WEIGHTS: Mapping[str, float] = MappingProxyType({
    "offers": 0.7, "house": 0.3, "asks": 0.4, "works": 0.7, "closes": 0.8, "wishes": 0.5, "your": 1.0, "my": -0.3, "reason": -0.3,
    "thanks": -0.6, "figures": -0.25, "opens": 0.8,
})  # fmt: skip
#: Families that tell most in the first turns of a party: how many turns.
_EARLY, _EARLY_TURNS = ("offers", "house"), 2
_FOLDED = str.maketrans({
    "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ؤ": "و", "\u200c": "", "’": "'",
    **dict.fromkeys("ًٌٍَُِّْـ", ""),
})  # fmt: skip
_TAGS = re.compile(r"\[[^\]]*\]|<[^<>]*>")
_ARABIC = re.compile(r"[\u0600-\u06ff]")


def agent_party(turns: Sequence[Said]) -> tuple[int, float]:
    """The party (0 or 1) that talks like an agent, and how sure that is, 0 to 1. ``turns`` in order of start."""
    odds = log_odds(turns)
    return (0 if odds >= 0 else 1), round(math.tanh(abs(odds) / 2), 3)


def swap_suspected(turns: Sequence[Said], agent: int) -> float:
    """How sure it is that the other party is the agent, 0 to 1; 0 where ``agent`` talks like one. From ``DOUBTED`` on worth telling."""
    party, confidence = agent_party(turns)
    return 0.0 if party == agent else confidence


def log_odds(turns: Sequence[Said]) -> float:
    """Log-odds that party 0 is the agent."""
    return sum(_WEIGHTS[name] * value for name, value in features(turns).items())


def features(turns: Sequence[Said]) -> dict[str, float]:
    """By how much party 0 is ahead of party 1 in each family, -4 to 4."""
    counts = {name: [0, 0] for name in CUES}
    lines = [Line(turn.party, text) for turn in turns if (text := _folded(turn.text))]
    spoken = [0, 0]
    for line in lines:
        spoken[line.party] += 1
        early = spoken[line.party] <= _EARLY_TURNS
        for name, pattern in _patterns(bool(_ARABIC.search(line.text))):
            if early or name not in _EARLY:
                counts[name][line.party] += len(pattern.findall(line.text))
    found = {name: math.sqrt(min(16, first)) - math.sqrt(min(16, second)) for name, (first, second) in counts.items()}
    return {**found, "opens": _opens(lines)}


def _opens(lines: Sequence[Line]) -> float:
    return 0.0 if not lines else 1.0 if lines[0].party == 0 else -1.0


def _folded(text: str) -> str:
    """Lower case, one letter for each sound, no tags; empty for what holds no word."""
    plain = _TAGS.sub(" ", text).lower().translate(_FOLDED)
    return plain if any(map(str.isalnum, plain)) else ""


@cache
def _patterns(arabic_script: bool) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(_plain("|".join(scripts[arabic_script])))) for name, scripts in CUES.items())


def _plain(pattern: str) -> str:
    """Without groups that capture: matches are counted, not read."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
