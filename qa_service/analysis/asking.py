"""Whether a thing is asked for: a request stands around its name, and no refusal of it ("never send us your password")."""

from __future__ import annotations

import re

from qa_service.analysis.among import Among
from qa_service.analysis.base import Material
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.finding import Hit
from qa_service.domain.transcript import Speaker

#: Characters before and after a name in which a request or a refusal may stand (a list can follow the request).
_BEFORE, _AFTER = 170, 90
#: A number of a list ends no sentence.
_STOP = re.compile(r"(?<!\n\d)(?<!\n\d\d)[.!?؟](?=\s|$)")
#: Characters between a refusal and what it refuses.
_NEAR = 60


class Asking:
    """Requests and refusals of the agent in one conversation; the lexicon has the meanings ``request`` and ``refusal``."""

    def __init__(self, material: Material, lexicon: Lexicon) -> None:
        self._turns = material.transcript.turns
        self._requests = Among(lexicon.hits(material, "request", by=Speaker.AGENT))
        self._refusals = Among(lexicon.hits(material, "refusal", by=Speaker.AGENT))

    def asked(self, hit: Hit) -> bool:
        """Whether the agent asks for what is named there."""
        start, end = self.clause(hit)
        near = (max(start, hit.start - _NEAR), min(end, hit.end + _NEAR))
        return self._requests.lies(hit.turn, start, end) and not self._refusals.lies(hit.turn, *near)

    def clause(self, hit: Hit) -> tuple[int, int]:
        """Range of the sentence, or of so much of it as counts."""
        text, low = self._turns[hit.turn].text, max(0, hit.start - _BEFORE)
        stops = [match.end() for match in _STOP.finditer(text, low, hit.start)]
        high = min(len(text), hit.end + _AFTER)
        end = _STOP.search(text, hit.end, high)
        return (stops[-1] if stops else low), (end.start() if end else high)
