"""Mutated files sent to the running service: every answer is an answer, every job ends, nothing dies or takes longer than the limit."""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from benchmarks.mutation_originals import recordings
from benchmarks.mutations import Mutant, mutants
from benchmarks.schema_fuzz_world import World, running
from qa_service.domain.permission import Role

#: Seconds that one answer may take, and in which all jobs must have ended after the last file.
LIMIT, PATIENCE = 10.0, 300.0
#: An error of a job whose words begin like this is none that we tell, but one that we were told.
_UNFORESEEN = re.compile(r"[A-Z]\w*(Error|Exception|Interrupt|Exit)\b")
_MEDIA = {"eml": "message/rfc822", "mbox": "application/mbox", "json": "application/json", "jsonl": "application/x-ndjson"}


@dataclass
class Told:
    """What was sent, and what came of it."""

    sent: Counter[str] = field(default_factory=Counter)
    #: Kind -> status -> how often.
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    jobs: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def rows(self) -> list[dict[str, Any]]:
        """One row a kind, and the jobs."""
        told = [
            {"what": kind, "files": self.sent[kind], "taken": _of(counted, 2), "refused": _of(counted, 4), "5xx": _of(counted, 5),
             "slowest s": self.slowest[kind]}
            for kind, counted in sorted(self.statuses.items())
        ]  # fmt: skip
        empty = {"files": None, "5xx": None, "slowest s": None}
        return [*told, {"what": "jobs", **empty, "taken": self.jobs["done"], "refused": self.jobs["failed"]}]


def run(*, files: int = 10_000, start: int = 0) -> tuple[list[dict[str, Any]], list[str]]:
    """One row a kind, and what should not have happened."""
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder, running(Path(folder), laid=False) as world:
        told = send(world, files=files, start=start)
    return told.rows(), told.faults


def send(world: World, *, files: int, start: int = 0, patience: float = PATIENCE) -> Told:
    """So many mutants, one after the other, and what the service made of them."""
    told, begun = Told(), time.monotonic()
    sound = recordings()["call.wav"]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {world.keys[Role.ADMIN]}"
        for one in mutants(files, seed=start):
            _send(world, session, one, told, sound)
        _settle(world, told, until=time.monotonic() + patience)
    told.seconds = time.monotonic() - begun
    told.faults += (f"in the log: {one}" for one in world.crashes)
    if world.ask("GET", "/v1/health/ready")[0] != 200:
        told.faults.append("the service is not ready any more")
    return told


def _send(world: World, session: requests.Session, one: Mutant, told: Told, sound: bytes) -> None:
    path, options = _request(one, sound)
    begun = time.monotonic()
    try:
        answer = session.post(world.url + path, timeout=LIMIT * 3, **options)
    except requests.RequestException as error:
        told.faults.append(f"{_named(one)} {path}: no answer: {error}")
        return
    took = time.monotonic() - begun
    told.sent[one.kind] += 1
    told.statuses.setdefault(one.kind, Counter())[answer.status_code] += 1
    told.slowest[one.kind] = max(told.slowest.get(one.kind, 0.0), took)
    if answer.status_code >= 500 or took > LIMIT:
        told.faults.append(f"{_named(one)} {path}: {answer.status_code} in {took:.1f} s: {answer.text[:300]}")
    elif answer.status_code >= 400 and answer.headers["content-type"] != "application/problem+json":
        told.faults.append(f"{_named(one)} {path}: {answer.status_code} is no problem: {answer.text[:300]}")


def _request(one: Mutant, sound: bytes) -> tuple[str, dict[str, Any]]:
    """Where it goes, and how."""
    ending = one.name.rpartition(".")[2]
    odd = one.number // 5 % 3
    if one.kind == "audio":
        return "/v1/recordings", {
            "files": {"file": (one.name, one.data)},
            "data": {"left": "agent", "right": "customer", "id": f"audio-{one.number}"},
        }
    if one.kind == "yaml":
        path = ("/v1/rubrics/lint", "/v1/rubrics/diff", f"/v1/rubrics/m{one.number}/versions")[odd]
        return path, {"data": one.data, "headers": {"Content-Type": "application/yaml"}}
    if one.kind == "table":
        path = {"call_details.csv": "/v1/call-details", "surveys.csv": "/v1/surveys"}.get(one.name, "/v1/batches")
        return path, {"files": {"file": (one.name, one.data)}}
    if one.name in ("lens.json", "aligned.json") or odd == 2:
        return "/v1/batches", {"files": [("file", (f"{one.number}-{one.name}", one.data))]}
    if one.name == "call.json" and odd == 1:
        return "/v1/recordings", {"files": {"file": ("call.wav", sound + bytes(one.number % 997)), "sidecar": ("call.json", one.data)}}
    path = "/v1/emails" if one.kind == "mail" else "/v1/conversations"
    return path, {"data": one.data, "headers": {"Content-Type": _MEDIA[ending]}}


def _settle(world: World, told: Told, *, until: float) -> None:
    """Wait for the end of all work, then look at how it ended."""
    while waiting := [one["id"] for what in ("jobs", "batches") for one in _pages(world, what) if one["state"] in ("queued", "running")]:
        if time.monotonic() > until:
            told.faults.append(f"{len(waiting)} jobs or batches do not end: {', '.join(waiting[:5])}")
            break
        time.sleep(1)
    for job in _pages(world, "jobs"):
        told.jobs[job["state"]] += 1
        error = job.get("error") or {}
        if _UNFORESEEN.match(str(error.get("message", ""))):
            told.faults.append(f"job of {job.get('interaction')}: {error}")


def _pages(world: World, what: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while cursor is not None:
        page = world.ask("GET", f"/v1/{what}?limit=500{cursor and '&cursor=' + cursor}")[2]
        yield from page["items"]
        cursor = page["next"]


def _of(counted: Counter[int], family: int) -> int:
    return sum(number for status, number in counted.items() if status // 100 == family)


def _named(one: Mutant) -> str:
    return f"{one.kind} {one.number} ({one.name}: {one.how})"
