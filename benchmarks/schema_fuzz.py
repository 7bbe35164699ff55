"""Requests made from the OpenAPI document by schemathesis, in every role: no fault of ours, no status and no body that it does not tell."""

from __future__ import annotations

import copy
import random
import re
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisDeprecationWarning
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.schema_fuzz_world import World, running
from qa_service.api.rights import RIGHTS
from qa_service.domain.permission import GRANTS, Role

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
#: What any request may be answered with that is no request of this document at all: ``default`` stands for them.
_ANYWHERE = (400, 404, 405, 413)
#: Seconds that one answer may take.
LIMIT = 10.0
#: What the HTTP server says to what is no HTTP (a header with odd bytes, say), before the service hears of it.
_NO_HTTP = "Invalid HTTP request received."
_PROBLEM = {"description": "a problem", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


@dataclass
class Told:
    """What was asked, and what should not have been answered."""

    asked: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    #: Operation -> statuses that it gave.
    reached: dict[str, Counter[int]] = field(default_factory=dict)
    #: Operation and kind of fault -> one example.
    faults: dict[str, str] = field(default_factory=dict)


def run(*, examples: int = 20, start: int = 0, only: Collection[str] = ()) -> tuple[list[dict[str, Any]], Told]:
    """One row a role; ``examples`` of each kind (by the document, and against it) for every operation that a role may ask for."""
    told: list[dict[str, Any]] = []
    whole = Told()
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder, running(Path(folder)) as world:
        # Those who may least come first: admins erase what the others are to look at.
        for role in reversed(Role):
            found = fuzz(world, role, examples=examples, start=start, only=only)
            told.append(
                {
                    "what": str(role),
                    "requests": found.asked,
                    "seconds": found.seconds,
                    "slowest s": found.slowest,
                    "2xx": sum(n for code, n in found.statuses.items() if code < 300),
                    "faults": len(found.faults),
                }
            )
            whole.faults |= {f"{role}: {name}": what for name, what in found.faults.items()}
            for name, counted in found.reached.items():
                whole.reached.setdefault(name, Counter()).update(counted)
    return told, whole


def fuzz(
    world: World,
    role: Role,
    *,
    examples: int,
    start: int = 0,
    only: Collection[str] = (),
    refused: int = 1,
    modes: Sequence[GenerationMode] = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE),
) -> Told:
    """Ask for every operation as one role; what a role may not ask for at all is asked ``refused`` times only."""
    told = Told()
    begun = time.monotonic()
    schema = schemathesis.openapi.from_dict(_strict(world.document))
    chosen = random.Random(f"{role} {start}")
    with requests.Session() as session:
        for result in schema.get_all_operations():
            operation = result.ok()
            name = operation.definition.raw["operationId"]
            if only and name not in only:
                continue
            may = name not in RIGHTS or role in GRANTS[RIGHTS[name]]
            for mode in modes if may or refused else ():
                _some(
                    world,
                    operation,
                    name,
                    mode,
                    role=role,
                    session=session,
                    told=told,
                    chosen=chosen,
                    start=start,
                    examples=examples if may else refused,
                )
    told.seconds = time.monotonic() - begun
    told.faults |= {f"in the log: {one}": "" for one in world.crashes}
    return told


def _strict(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its ``default``, which would document everything; what may happen anywhere is told by name."""
    found = copy.deepcopy(document)
    for item in found["paths"].values():
        for operation in item.values():
            operation["responses"].pop("default", None)
            for code in _ANYWHERE:
                operation["responses"].setdefault(str(code), _PROBLEM)
    return found


def _some(
    world: World,
    operation: Any,
    name: str,
    mode: GenerationMode,
    *,
    role: Role,
    session: requests.Session,
    told: Told,
    chosen: random.Random,
    start: int,
    examples: int,
) -> None:
    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=not start,
        phases=[Phase.generate],
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        _one(world, case, name, role=role, session=session, told=told, chosen=chosen)

    try:
        with warnings.catch_warnings():
            # The service's own threads draw random numbers while a request is made up.
            warnings.simplefilter("ignore", HypothesisDeprecationWarning)
            ask()
    except Exception as error:
        # No request can be made against a document that forbids nothing.
        if "Unsatisfiable" not in type(error).__name__:
            raise


def _one(world: World, case: Any, name: str, *, role: Role, session: requests.Session, told: Told, chosen: random.Random) -> None:
    if case.path_parameters and chosen.random() < 0.85:
        case.path_parameters.update(world.filled(case.path, chosen))
    headers = {"Authorization": f"Bearer {world.keys[role]}"}
    parameters = {one["name"] for one in case.operation.definition.raw.get("parameters", ())}
    if "If-Match" in parameters and chosen.random() < 0.7 and (tag := world.tag(case.formatted_path, role)):
        headers["If-Match"] = tag
    begun = time.monotonic()
    try:
        answer = case.call(base_url=world.url, session=session, headers=headers, timeout=LIMIT * 3, allow_redirects=False)
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, UnicodeError):
        return
    took = time.monotonic() - begun
    if answer.status_code == 400 and answer.text == _NO_HTTP:
        return
    told.asked += 1
    told.slowest = max(told.slowest, took)
    told.statuses[answer.status_code] += 1
    told.reached.setdefault(name, Counter())[answer.status_code] += 1
    if took > LIMIT:
        told.faults.setdefault(f"{name} slow", f"{took:.1f} s\n{case.as_curl_command()}")
    try:
        case.validate_response(answer, checks=_CHECKS, headers=headers)
    except (FailureGroup, Failure) as error:
        for one in getattr(error, "exceptions", [error]):
            what = re.sub(r"\s+", " ", f"{one} {getattr(one, 'validation_message', '')}")[:400]
            told.faults.setdefault(
                f"{name} {type(one).__name__} {answer.status_code}", f"{what}\n{case.as_curl_command()[:1500]}\n{answer.text[:600]}"
            )
    if answer.status_code == 201 and isinstance(answer.json(), dict):
        world.note(case.formatted_path, answer.json())
