"""Roles: which of two parties is the agent, told from what they say; used only where no channel map tells.

Agents and customers say different things, above all at the start: the agent names the company and offers help, asks for an
account or a date of birth, thanks for the call. Each party gets points for such words, those in its first turn double, and the
party that speaks first gets a little, because whoever answers opens the call. The confidence is how far the more agent-like party
is ahead, scaled to 0..1, and small where there are few points. On 20 real bank calls and the 12 calls of ``audio_fixtures`` no
call with a confidence above ``SURE`` had the wrong agent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_service.speech.turns import Talk

#: At least this sure, and the parties count as known.
SURE = 0.6
#: Points for opening the call.
_OPENS = 2.0
#: What agents say, with its weight. Persian and Arabic without diacritics.
_AGENT_CUES: tuple[tuple[str, float], ...] = (
    (r"thank(s| you) for (calling|holding|your call|waiting|ringing)", 4.0),
    (r"how (can|may|could) i help|what can i (do for|help) you|how can i assist", 4.0),
    (r"^(good (morning|afternoon|evening)|hello|hi there)?\W{0,2}(and )?(welcome to|you're speaking (with|to))", 3.0),
    (r"\b(speaking|this is|my name is|i'm|you're through to|here)\b.{0,40}\b(help|calling|reference|account)\b", 2.0),
    (r"(can|could|may) i (take|have|get|ask for) (your|the)", 3.0),
    (r"(date of birth|account number|order number|reference number|postcode|zip code|security)\b[^.]*\?", 2.0),
    (r"(is|was) there (anything|something) else|anything else i can", 4.0),
    (r"\banything else[?.]?$|\b(reference|surname|postcode)\b[^.]{0,12}[?.]$", 2.0),
    (r"(bear with me|one moment|put you on hold|let me (check|look|see)|i can see (here|that|on))", 2.0),
    (r"you're (very )?welcome|have a (lovely|great|nice|good)", 1.5),
    (r"چطور می‌?\s?توانم کمک|در خدمت(تون|تان)?|با تشکر از تماس|امر دیگری|خسته نباشید از (شرکت|پشتیبانی)", 4.0),
    (r"كيف (يمكنني|اقدر|أقدر) (مساعدتك|اساعدك|أساعدك)|شكرا لاتصالك|هل هناك شيء آخر|معك .{1,20} من", 4.0),
)
#: What customers say; counts for the other party.
_CUSTOMER_CUES: tuple[tuple[str, float], ...] = (
    (r"i('m| am) (calling|ringing) (about|because|to)|i('d| would) like to|i need (to|my|a)\b|i have a (problem|question)", 2.0),
    (r"\b(my|our) (bill|order|card|account|internet|booking|bag|package|flight|claim|wallet|electricity|line|phone)\b", 1.5),
    (r"(can|could) you (help|tell|check|send|please)|i never (got|received)|speak to (a|your) (manager|supervisor)", 1.5),
    (r"مشکل دارم|می‌?خواستم بپرسم|سفارش(م| من)|حساب(م| من)", 2.0),
    (r"عندي مشكلة|اريد|أريد|طلبي|حسابي", 2.0),
)


def agent_party(turns: Sequence[Talk]) -> tuple[int, float]:
    """The party (0 or 1) that talks like an agent, and how sure that is, 0 to 1. ``turns`` in order of start."""
    if not turns:
        return 0, 0.0
    points = {0: 0.0, 1: 0.0}
    points[turns[0].party] += _OPENS
    met: set[int] = set()
    for turn in turns:
        weight = 1.0 if turn.party in met else 2.0
        met.add(turn.party)
        points[turn.party] += weight * _points(turn.text, _AGENT_CUES)
        points[1 - turn.party] += _points(turn.text, _CUSTOMER_CUES)
    total = points[0] + points[1]
    if points[0] == points[1]:
        return turns[0].party, 0.0
    agent = 0 if points[0] > points[1] else 1
    # Few cues prove little: full confidence needs the points of a greeting in the first turn.
    return agent, round((points[agent] / total * 2 - 1) * min(1.0, total / 8), 3)


def _points(text: str, cues: tuple[tuple[str, float], ...]) -> float:
    folded = text.lower().replace("\u2019", "'")
    return sum(weight for pattern, weight in cues if re.search(pattern, folded))
