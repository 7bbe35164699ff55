"""The gold desk: how well a stored rubric agrees with the operator's gold, measured aside once for each state of form, gold and machine."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from qa_service.analysis.analysis import Analysis
from qa_service.domain.base import Record
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Gold, Split
from qa_service.errors import QaError
from qa_service.services.gold import Part
from qa_service.services.rubric_test import RubricReport, measure
from qa_service.store.gold import GoldFile, read_gold

#: Measurements that are remembered.
_KEPT = 16


class GoldState(StrEnum):
    """How far it is."""

    #: There is no gold of that channel.
    NONE = "none"
    #: Nobody has asked for it yet.
    UNMEASURED = "unmeasured"
    MEASURING = "measuring"
    MEASURED = "measured"
    #: The gold cannot be read, or does not fit the form.
    FAULTY = "faulty"


class GoldCard(Record):
    """A conversation of the gold set."""

    #: Interaction id.
    interaction: str
    language: str | None
    split: Split
    #: Answers that people gave.
    answers: int
    #: Answers that a second person gave without seeing the first.
    second: int


class GoldResult(Record):
    """A rubric against its gold, as far as it is measured."""

    rubric: str
    version: int
    state: GoldState
    #: Gold conversations that are done, and all of them.
    done: int = 0
    total: int = 0
    #: One for each split, once it is measured.
    reports: tuple[RubricReport, ...] = ()
    #: Analysis that it was measured with.
    engine: str = ""
    #: What is wrong, where it is faulty.
    fault: str = ""
    #: Whether a language model is asked, which may cost something.
    asks_model: bool = False


class GoldDesk:
    """Measures aside, one after another; every process for itself."""

    def __init__(self, *, folder: Path, analysis: Analysis, decide_at: float, judged: bool) -> None:
        """``judged``: whether a language model is set up."""
        self._folder = folder
        self._analysis = analysis
        self._decide_at = decide_at
        self._judged = judged
        self._known: OrderedDict[str, GoldResult] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def cards(self, rubric: Rubric) -> tuple[GoldCard, ...]:
        """The gold conversations of the rubric's channel, by split and id; raises :class:`InputError` for gold that cannot be read."""
        found = [_card(file) for file in self._files(rubric)]
        return tuple(sorted(found, key=lambda one: (one.split, one.interaction)))

    def result(self, rubric: Rubric, *, start: bool = True) -> GoldResult:
        """How far it is, begun where nobody has asked before; with a language model it waits to be told so (:meth:`measure`)."""
        try:
            total = len(self._files(rubric))
        except QaError as error:
            return self._told(rubric, GoldState.FAULTY).model_copy(update={"fault": str(error)})
        if not total:
            return self._told(rubric, GoldState.NONE)
        with self._lock:
            known = self._known.get(self._key(rubric))
        if known is not None:
            return known
        if start and not self._asks(rubric):
            return self.measure(rubric)
        return self._told(rubric, GoldState.UNMEASURED, total=total)

    def measure(self, rubric: Rubric) -> GoldResult:
        """Begin, unless it is measured or being measured already."""
        key = self._key(rubric)
        with self._lock:
            known = self._known.get(key)
            if known is not None and known.state is not GoldState.FAULTY:
                return known
            begun = self._told(rubric, GoldState.MEASURING)
            self._keep(key, begun)
        threading.Thread(target=self._run, args=(key, rubric), name="gold", daemon=True).start()
        return begun

    def _run(self, key: str, rubric: Rubric) -> None:
        with self._turn:
            try:
                found = measure(
                    [rubric], analysis=self._analysis, gold=self._folder, recordings=self._folder, decide_at=self._decide_at,
                    part=Part.ALL, watch=self._watch(key),
                )
                told = self._told(rubric, GoldState.MEASURED).model_copy(update={"reports": found.reports})
            except QaError as error:
                told = self._told(rubric, GoldState.FAULTY).model_copy(update={"fault": str(error)})
        with self._lock:
            self._keep(key, told)

    def _watch(self, key: str) -> Callable[[int, int], None]:
        def watch(done: int, total: int) -> None:
            with self._lock:
                self._keep(key, self._known[key].model_copy(update={"done": done, "total": total}))

        return watch

    def _keep(self, key: str, result: GoldResult) -> None:
        self._known[key] = result
        self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def _told(self, rubric: Rubric, state: GoldState, *, total: int = 0) -> GoldResult:
        return GoldResult(
            rubric=rubric.rubric, version=rubric.version, state=state, total=total, engine=self._analysis.version_for(rubric),
            asks_model=self._asks(rubric),
        )

    def _asks(self, rubric: Rubric) -> bool:
        return self._judged and bool(rubric.judges)

    def _files(self, rubric: Rubric) -> list[GoldFile]:
        if not self._folder.is_dir():
            return []
        return [one for one in read_gold(self._folder, recordings=self._folder) if one.card.interaction.channel is rubric.channel]

    def _key(self, rubric: Rubric) -> str:
        """What a measurement hangs on: the form, the machine, and every gold file by name, size and time."""
        known = hashlib.sha256(f"{rubric.fingerprint} {self._analysis.version_for(rubric)} {self._decide_at}".encode())
        for path in sorted(self._folder.rglob("*")):
            if path.is_file():
                state = path.stat()
                known.update(f"\n{path.relative_to(self._folder)} {state.st_size} {state.st_mtime_ns}".encode())
        return known.hexdigest()


def _card(file: GoldFile) -> GoldCard:
    gold = file.card.gold or Gold()
    return GoldCard(
        interaction=file.card.interaction.id, language=file.card.interaction.language, split=gold.split,
        answers=sum(one.answer is not None for one in file.card.criteria), second=len(gold.second),
    )
