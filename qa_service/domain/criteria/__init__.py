"""The kinds of detection: one file each, registered here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qa_service.domain.criteria.answered_within import AnsweredWithin
from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.combine import All, Any, AtLeast, None_
from qa_service.domain.criteria.judge import Judge
from qa_service.domain.criteria.manual import Manual
from qa_service.domain.criteria.matches import Matches
from qa_service.domain.criteria.means import Means
from qa_service.domain.criteria.order import Order
from qa_service.domain.criteria.promise import PromiseMade
from qa_service.domain.criteria.reached import Reached
from qa_service.domain.criteria.said import NotSaid, Said
from qa_service.domain.criteria.signal import SignalTest
from qa_service.domain.criteria.weigh import Weigh

#: Name in the rubric language -> what decides it.
KINDS: Mapping[str, type[Detection]] = MappingProxyType(
    {
        "said": Said,
        "not_said": NotSaid,
        "matches": Matches,
        "means": Means,
        "signal": SignalTest,
        "order": Order,
        "answered_within": AnsweredWithin,
        "promise": PromiseMade,
        "reached": Reached,
        "judge": Judge,
        "manual": Manual,
        "all": All,
        "any": Any,
        "none": None_,
        "at_least": AtLeast,
        "weigh": Weigh,
    }
)
