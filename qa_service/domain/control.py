"""Control: which measurements and questions are in an agent's hands, and which are caused by systems, policy or the customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from qa_service.domain.rubric import Criterion
from qa_service.domain.signal import Unit

#: Seconds in the queue, as the source tells them: measured by no analyzer, and shown beside what analyzers measure.
QUEUE_WAIT = "queue.wait"


class Control(StrEnum):
    """In whose hands something is."""

    #: The agent's own doing.
    AGENT = "agent"
    #: Systems, policy, routing or the customer; no agent is told off for it.
    SYSTEM = "system"
    #: Both: look at the examples before anybody is told anything.
    MIXED = "mixed"


class Better(StrEnum):
    """Which way is the good one."""

    HIGHER = "higher"
    LOWER = "lower"
    #: Neither is: it tells how somebody works, not how well.
    NEITHER = "neither"


class Hands(NamedTuple):
    """What a figure of a signal may be held against anybody for."""

    control: Control
    better: Better


#: Every signal of the catalogue (a test holds the table to be whole), by hands and by the good way.
_TABLE: Mapping[Hands, str] = MappingProxyType(
    {
        Hands(Control.AGENT, Better.LOWER): (
            "conduct.blame conduct.curt conduct.dismissal conduct.familiarity conduct.mockery conduct.private hold.unannounced "
            "interruptions.agent latency.agent_median latency.agent_p90 personal_data.agent_sends personal_data.in_public profanity.agent "
            "promise.incomplete questions.unanswered questions.untouched readability.agent repetition.agent sensitive_data.asked "
            "sensitive_data.sent sentiment.agent_negative structure.longest_paragraph_words structure.longest_sentence_words "
            "structure.words_per_sentence unprofessional.agent yield.agent_median"
        ),
        Hands(Control.AGENT, Better.HIGHER): (
            "acknowledgement.echoed acknowledgement.first_reply acknowledgement.public courtesy.agent echo.details empathy.agent "
            "empathy.reaction ending.more_offered ending.polite letter.salutation_by_name letter.signed_off opening.agent_name "
            "opening.company outcome.next phase.greeting questions.answered_share questions.clarifying sentiment.agent"
        ),
        Hands(Control.AGENT, Better.NEITHER): (
            "apology.agent articulation.agent disclosure.agent identity.asked loudness.balance pace.agent personal_data.agent_asks "
            "phase.identity promise.count questions.agent structure.list_items structure.paragraphs talk.agent_share turns.agent "
            "visibility.agent_private visibility.agent_public words.agent"
        ),
        # Waits and silence while a system is slow look the same as those of somebody who does not know; refusals may be the policy's.
        Hands(Control.MIXED, Better.LOWER): (
            "complaint.customer churn.customer dead_air.count dead_air.longest dead_air.seconds effort.customer ending.broken_off "
            "ending.unhappy escalation.customer hold.count hold.longest hold.seconds interruptions.customer objection.customer "
            "outcome.evasive overtalk.count overtalk.seconds personal_data.objected phase.hold profanity.customer response.first "
            "response.longest response.median sentiment.negative sentiment.negative_share silence.longest silence.seconds silence.share"
        ),
        Hands(Control.MIXED, Better.HIGHER): (
            "ending.content outcome.done phase.closing sentiment.change sentiment.customer sentiment.end sentiment.lowest "
            "sentiment.positive sentiment.recovered thanks.customer"
        ),
        Hands(Control.SYSTEM, Better.LOWER): (
            "channels.swapped contact.says_broken contact.says_repeat ivr.count ivr.seconds machine.reached music.seconds queue.wait "
            "ring.seconds speech.suspect_share trouble.customer"
        ),
        Hands(Control.SYSTEM, Better.HIGHER): "contact.says_kept sentiment.start speech.confidence",
        Hands(Control.SYSTEM, Better.NEITHER): (
            "apology.customer articulation.customer identity.given identity.named pace.customer questions.customer talk.customer_share "
            "turns.customer words.customer yield.customer_median"
        ),
    }
)
#: Signal to whose hands it is in.
HANDS: Mapping[str, Hands] = MappingProxyType({name: hands for hands, names in _TABLE.items() for name in names.split()})

#: The signals that profiles show, with their units: few enough to be read, and kept as sums by agent and month.
SHOWN: Mapping[str, Unit] = MappingProxyType(
    {
        "courtesy.agent": Unit.COUNT, "empathy.agent": Unit.COUNT, "interruptions.agent": Unit.COUNT, "latency.agent_median": Unit.SECONDS,
        "hold.unannounced": Unit.COUNT, "questions.unanswered": Unit.COUNT, "promise.incomplete": Unit.COUNT,
        "conduct.dismissal": Unit.COUNT, "unprofessional.agent": Unit.COUNT, "talk.agent_share": Unit.SHARE,
        "hold.seconds": Unit.SECONDS, "dead_air.seconds": Unit.SECONDS, "silence.share": Unit.SHARE, "overtalk.seconds": Unit.SECONDS,
        "response.first": Unit.SECONDS, "outcome.evasive": Unit.COUNT, "effort.customer": Unit.COUNT, "escalation.customer": Unit.COUNT,
        "churn.customer": Unit.COUNT, "sentiment.change": Unit.SCORE,
        QUEUE_WAIT: Unit.SECONDS, "ring.seconds": Unit.SECONDS, "ivr.seconds": Unit.SECONDS, "contact.says_repeat": Unit.COUNT,
        "contact.says_broken": Unit.COUNT, "trouble.customer": Unit.COUNT,
    }
)  # fmt: skip


#: Questions of the shipped forms whose answer systems and policy have a part in.
_SHARED = frozenset({"resolution", "reply_time"})
#: How the signals begin that may be the system's doing although they are measured on the agent: waits, and refusals.
_WAITS = ("response.", "hold.seconds", "hold.longest", "hold.count", "dead_air.", "silence.", "outcome.evasive")


def hands_of(criterion: str, form: Criterion | None) -> Control:
    """In whose hands a question is; ``form``: as the form in force has it, if that still does.

    What only signals in nobody's own hands decide is not the agent's; what waits or refusals decide, both had a part in; everything else is
    about what the agent said or did, whatever the customer brought along.
    """
    if criterion in _SHARED:
        return Control.MIXED
    read = () if form is None else tuple(_signals(form))
    if read and form is not None and form.detect is None and all(HANDS[name].control is Control.SYSTEM for name in read if name in HANDS):
        return Control.SYSTEM
    return Control.MIXED if any(name.startswith(_WAITS) for name in read) else Control.AGENT


def _signals(criterion: Criterion) -> Iterator[str]:
    if criterion.numeric is not None:
        yield criterion.numeric.signal
    if criterion.detect is not None:
        yield from criterion.detect.signals()
