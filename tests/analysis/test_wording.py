"""Conduct, empathy, trouble and promises in banks of utterances: how much the lexicons find, and how often they are wrong, by language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from qa_service.analysis.base import Analyzer
from qa_service.analysis.conduct import Conduct
from qa_service.analysis.courtesy import Courtesy
from qa_service.analysis.promises import Promises
from qa_service.analysis.trouble import Trouble
from qa_service.domain.signal import Signal
from tests.analysis.conftest import Measure

_BANKS = Path(__file__).parent / "utterances"


class _Meaning(NamedTuple):
    """Which analyzer is asked, about whose words, and when its answer is yes."""

    analyzer: Analyzer
    who: str
    said: Callable[[Mapping[str, Signal]], bool]


def _counted(name: str) -> Callable[[Mapping[str, Signal]], bool]:
    return lambda signals: bool(signals[name].value)


_MEANINGS = {
    "professional": _Meaning(Conduct(), "A", _counted("unprofessional.agent")),
    "empathy": _Meaning(Courtesy(), "A", _counted("empathy.agent")),
    "trouble": _Meaning(Trouble(), "C", _counted("trouble.customer")),
    "promise": _Meaning(Promises(), "A", _counted("promise.count")),
    "promise_complete": _Meaning(Promises(), "A", lambda s: bool(s["promise.count"].value) and not s["promise.incomplete"].value),
}
#: Meaning, language, lowest recall, lowest precision; a little under what was measured, on lines written before the lexicons.
FLOORS = [
    ("professional", "en", 0.92, 0.95), ("professional", "fa", 0.92, 0.97), ("professional", "ar", 0.95, 0.97),
    ("empathy", "en", 0.85, 0.97), ("empathy", "fa", 0.95, 0.97), ("empathy", "ar", 0.88, 0.97),
    ("trouble", "en", 0.88, 0.95), ("trouble", "fa", 0.85, 0.97), ("trouble", "ar", 0.85, 0.95),
    ("promise", "en", 0.93, 0.97), ("promise", "fa", 0.9, 0.95), ("promise", "ar", 0.92, 0.95),
    ("promise_complete", "en", 0.95, 0.95), ("promise_complete", "fa", 0.95, 0.95), ("promise_complete", "ar", 0.95, 0.95),
]


@pytest.mark.parametrize(("meaning", "language", "recall", "precision"), FLOORS)
def test_bank(measure: Measure, meaning: str, language: str, recall: float, precision: float) -> None:
    lines = _bank(meaning, language)
    analyzer, who, said = _MEANINGS[meaning]
    found = {text for _, text in lines if said(measure(analyzer, f"{who}: {text}", language=language))}
    meant = {text for yes, text in lines if yes}
    assert len(found & meant) >= recall * len(meant), sorted(meant - found)
    assert len(found & meant) >= precision * len(found), sorted(found - meant)


def _bank(meaning: str, language: str) -> list[tuple[bool, str]]:
    rows = (line.split("\t") for line in (_BANKS / f"{meaning}.tsv").read_text(encoding="utf-8").splitlines())
    return [(answer == "yes", text) for code, answer, text in rows if code == language]
