"""Metrics: what this service does and has to do, as figures that name nobody, in the formats of Prometheus and OpenMetrics.

Requests are counted in this process; everything else is read from the database, so that one look at one process tells of all workers.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from qa_service import __version__
from qa_service.errors import QaError
from qa_service.services.clock import Clock
from qa_service.services.workflow import QUEUES, SPEECH, TEXT, Workflows
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Seconds for which what was read is told again: scrapers that come often cost nothing. The second, for what takes longer to read.
FRESH, SLOW = 5.0, 60.0
#: It is told again for this many times as long as reading took, at least: reading never takes more than a fiftieth of a processor.
_RESTS = 50
#: Upper bounds of durations, seconds: finest about what people wait for.
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_KINDS = (SPEECH, TEXT)


class Exposition(NamedTuple):
    """What a scraper gets."""

    body: bytes
    media_type: str


class Metrics:
    """The figures of one process and its database."""

    def __init__(self, *, database: Database, workflows: Workflows, data_dir: Path, clock: Clock) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("qa_http_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "qa_http_request_seconds", "How long requests took, from their first byte to the last of the answer.", labels[:2],
            buckets=_BOUNDS, registry=self._registry,
        )
        self._under_way = Gauge("qa_http_requests_under_way", "Requests that are being answered.", registry=self._registry)
        self._registry.register(_Stored(database=database, workflows=workflows, data_dir=data_dir, clock=clock))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def began(self) -> None:
        """A request came."""
        self._under_way.inc()

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """It was answered; ``route`` is the template of its path, never the path."""
        self._under_way.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def expose(self, accept: str = "") -> Exposition:
        """All figures, in the format that the header ``Accept`` asks for."""
        encode, media_type = choose_encoder(accept)
        return Exposition(encode(self._registry), media_type)


class _Stored(Collector):
    """What the database tells."""

    def __init__(self, *, database: Database, workflows: Workflows, data_dir: Path, clock: Clock) -> None:
        self._database = database
        self._workflows = workflows
        self._data_dir = data_dir
        self._clock = clock
        self._turn = threading.Lock()
        self._kept: dict[Callable[[Unit], list[Metric]], tuple[float, list[Metric]]] = {}

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before somebody asks."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Everything, or only that the database cannot be read."""
        yield _labelled("qa_build", "This version.", "version", {__version__: 1})
        yield _plain("qa_worker_running", "Whether this process takes work.", float(self._workflows.running))
        yield _plain("qa_data_free_bytes", "Free space where the data folder lies.", _free(self._data_dir))
        with self._turn:
            try:
                told = [*self._read(self._now, FRESH), *self._read(self._long, SLOW), *self._living()]
            except QaError:
                told = []
        yield _plain("qa_database_up", "Whether the database answers.", float(bool(told)))
        yield from told

    def _read(self, read: Callable[[Unit], list[Metric]], fresh: float) -> list[Metric]:
        until, told = self._kept.get(read, (0.0, []))
        if time.monotonic() < until:
            return told
        began = time.monotonic()
        with self._database.reading() as unit:
            told = read(unit)
        ended = time.monotonic()
        self._kept[read] = (ended + max(fresh, _RESTS * (ended - began)), told)
        return told

    def _living(self) -> list[Metric]:
        count = self._workflows.living()
        return [] if count is None else [_plain("qa_workers", "Processes that take work, on all machines.", count)]

    def _now(self, unit: Unit) -> list[Metric]:
        found, now = unit.gauges.waiting(), self._clock()
        jobs = GaugeMetricFamily("qa_jobs", "Jobs that are not done.", labels=("kind", "state"))
        ages = GaugeMetricFamily("qa_jobs_oldest_seconds", "Age of the oldest of them.", labels=("kind", "state"))
        open_ = {(kind, state): (0, now) for kind in _KINDS for state in ("queued", "running")}
        for (kind, state), (count, oldest) in {**open_, **{(one.kind, one.state): (one.jobs, one.oldest) for one in found}}.items():
            jobs.add_metric((kind, state), count)
            ages.add_metric((kind, state), _age(oldest, now))
        paused = {name for name, one in unit.work_queues.all().items() if one.regulation.paused}
        left, (entries, _) = unit.gauges.undelivered(), unit.ledger.head()
        return [
            jobs, ages,
            _labelled("qa_queue_paused", "Whether people hold a queue back.", "queue", {one: float(one in paused) for one in QUEUES}),
            _plain("qa_webhook_messages_waiting", "Messages to webhooks that have not arrived.", left.waiting),
            _plain("qa_webhook_messages_oldest_seconds", "Age of the oldest of them.", _age(left.oldest or now, now)),
            _plain("qa_webhooks_stopped", "Webhooks that were switched off since nothing arrived.", left.stopped),
            CounterMetricFamily("qa_ledger_entries", "Entries of the audit ledger.", value=entries),
        ]

    def _long(self, unit: Unit) -> list[Metric]:
        ended, kept = unit.gauges.ended(), unit.gauges.kept()
        return [
            _labelled("qa_jobs_ended", "Jobs that ended, as they are now.", "state", {"done": 0, "failed": 0, **ended}),
            _labelled("qa_interactions", "Interactions.", "state", unit.gauges.contacts()),
            _labelled("qa_scorecards", "Scorecards, earlier versions included.", "status", unit.gauges.scorecards()),
            _plain("qa_recordings", "Recordings that are kept.", kept.files),
            _plain("qa_recordings_bytes", "Their bytes.", kept.bytes),
            *_speeds(unit), *_verdicts(unit),
        ]


def _speeds(unit: Unit) -> Iterator[Metric]:
    found = [one for one in unit.gauges.worked(_KINDS) if one.busy > 0]
    heard = [one for one in found if one.audio > 0]
    yield _labelled(
        "qa_real_time_factor", "Seconds of work for a second of audio, over the newest jobs that are done.", "kind",
        {one.kind: one.busy / one.audio for one in heard},
    )
    yield _labelled(
        "qa_words_per_second", "Words in a second of work, over the newest jobs that are done.", "kind",
        {one.kind: one.words / one.busy for one in found},
    )


def _verdicts(unit: Unit) -> Iterator[Metric]:
    suggested = [one for one in unit.gauges.suggested() if one.suggestions]
    yield _labelled(
        "qa_undecided_share", "Share of suggestions that leave a criterion to people, over the newest scorecards.", "channel",
        {one.channel: one.undecided / one.suggestions for one in suggested},
    )
    lanes = ("channel", "review")
    answers = GaugeMetricFamily("qa_answers", "Answers of people beside decided suggestions, newest final scorecards.", labels=lanes)
    changed = GaugeMetricFamily("qa_override_rate", "Share of them that say something else than the machine.", labels=lanes)
    drift = GaugeMetricFamily(
        "qa_calibration_drift", "Confidence that the machine stated, less the share that blind reviewers agree with.", labels=("channel",)
    )
    for one in unit.gauges.answered():
        lane = (one.channel, "blind" if one.blind else "seen")
        answers.add_metric(lane, one.answers)
        changed.add_metric(lane, 1 - one.alike / one.answers)
        if one.blind:
            drift.add_metric((one.channel,), (one.confidence - one.alike) / one.answers)
    yield from (answers, changed, drift)


def _plain(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)


def _labelled(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=(label,))
    for value, figure in sorted(values.items()):
        family.add_metric((value,), figure)
    return family


def _age(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())


def _free(folder: Path) -> float:
    there = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
    return float(shutil.disk_usage(there).free)
