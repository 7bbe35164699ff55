"""Analysis of transcripts: folding, languages, phrases and signals, in English, Persian and Arabic.

``ANALYZERS`` is the only place where an analyzer is registered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from qa_service.analysis.acknowledgement import Acknowledgement
from qa_service.analysis.base import Analyzer
from qa_service.analysis.channels import Channels
from qa_service.analysis.conduct import Conduct
from qa_service.analysis.contact import ContactWords
from qa_service.analysis.courtesy import Courtesy
from qa_service.analysis.effort import Effort
from qa_service.analysis.empathy import Empathy
from qa_service.analysis.ending import Ending
from qa_service.analysis.hold import Hold
from qa_service.analysis.identity import Identity
from qa_service.analysis.letter import LetterForm
from qa_service.analysis.line import Line
from qa_service.analysis.loudness import Loudness
from qa_service.analysis.manner import Manner
from qa_service.analysis.opening import Opening
from qa_service.analysis.outcome import Outcome
from qa_service.analysis.personal_data import PersonalData
from qa_service.analysis.phases import Phases
from qa_service.analysis.promises import Promises
from qa_service.analysis.questions import Questions
from qa_service.analysis.readability import Readability
from qa_service.analysis.recognition import Recognition
from qa_service.analysis.repetition import Repetition
from qa_service.analysis.response import Response
from qa_service.analysis.restating import Restating
from qa_service.analysis.sensitive_data import SensitiveData
from qa_service.analysis.sentiment import Sentiment
from qa_service.analysis.silence import Silence
from qa_service.analysis.structure import Structure
from qa_service.analysis.talk import Talk
from qa_service.analysis.trouble import Trouble
from qa_service.analysis.turn_taking import TurnTaking
from qa_service.analysis.untouched import Untouched
from qa_service.analysis.visibility import Visibility
from qa_service.analysis.volume import Volume

#: Name -> maker.
ANALYZERS: Mapping[str, Callable[[], Analyzer]] = MappingProxyType(
    {
        "talk": Talk,
        "silence": Silence,
        "turn_taking": TurnTaking,
        "response": Response,
        "volume": Volume,
        "loudness": Loudness,
        "recognition": Recognition,
        "channels": Channels,
        "line": Line,
        "hold": Hold,
        "courtesy": Courtesy,
        "conduct": Conduct,
        "manner": Manner,
        "trouble": Trouble,
        "empathy": Empathy,
        "promises": Promises,
        "questions": Questions,
        "phases": Phases,
        "identity": Identity,
        "opening": Opening,
        "restating": Restating,
        "ending": Ending,
        "outcome": Outcome,
        "acknowledgement": Acknowledgement,
        "letter": LetterForm,
        "personal_data": PersonalData,
        "repetition": Repetition,
        "sensitive_data": SensitiveData,
        "structure": Structure,
        "sentiment": Sentiment,
        "untouched": Untouched,
        "visibility": Visibility,
        "contact": ContactWords,
        "effort": Effort,
        "readability": Readability,
    }
)
