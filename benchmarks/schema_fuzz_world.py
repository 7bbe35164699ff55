"""A small house to be fuzzed: the real service on a socket, a user of every role, a little of everything that has an id."""

from __future__ import annotations

import json
import logging
import random
import re
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from qa_service.app import create_app
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User
from qa_service.settings import Settings

#: Who calls; never among the ids that requests name, or they would lock themselves out.
_CALLERS = "fuzz-{role}"
_NAMED = {"rita": Role.REVIEWER, "omid": Role.REVIEWER, "lena": Role.QA_LEAD, "importer": Role.SERVICE, "sara": Role.AGENT}
_START_SECONDS = 60.0
_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_MADE = {"csat_scale": "5"}


@dataclass
class World:
    """The running service and what is known to be in it."""

    url: str
    #: Role -> key of a user in it.
    keys: Mapping[Role, str]
    document: dict[str, Any]
    #: Path that ends in a parameter -> values that name something there.
    pools: dict[str, list[str]] = field(default_factory=dict)
    #: What the service's log has that nobody foresaw, with where it came from.
    crashes: list[str] = field(default_factory=list)

    def ask(
        self, method: str, path: str, *, body: Any = None, content_type: str = "application/json", role: Role = Role.ADMIN, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON of an answer."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        told = {"Authorization": f"Bearer {self.keys[role]}", "Content-Type": content_type, **headers}
        request = urllib.request.Request(self.url + urllib.parse.quote(path, safe="/?=&%:,"), data=data, headers=told, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read()
            is_json = "json" in answer.headers.get("content-type", "")
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, json.loads(text) if is_json and text else None

    def note(self, path: str, answer: Any) -> None:
        """Remember the ids that a list or a created thing at that path tells."""
        items = answer if isinstance(answer, list) else [answer, *(one for v in answer.values() if isinstance(v, list) for one in v)]
        place = self.pools.setdefault(path, [])
        for one in (item for item in items if isinstance(item, dict)):
            for name in ("id", "code", "version"):
                if isinstance(one.get(name), str | int) and str(one[name]) not in place:
                    if str(one[name]).startswith(_CALLERS.format(role="")) or one.get("name") == "fuzz":
                        continue
                    place.append(str(one[name]))
                    break
        del place[:-40]

    def filled(self, path: str, chosen: random.Random) -> dict[str, str]:
        """Values for the parameters of a path, one after the other, where something is known."""
        found: dict[str, str] = {}
        for match in _PARAMETER.finditer(path):
            above = _PARAMETER.sub(lambda one: found.get(one[1], one[0]), path[: match.start()].rstrip("/"))
            pool = self.pools.get(above) or self.pools.get(path[: match.start()].rstrip("/")) or self.pools.get(match[1])
            if pool:
                found[match[1]] = chosen.choice(pool)
        return found

    def tag(self, path: str, role: Role) -> str | None:
        """The ETag of what lies there or above."""
        while path.count("/") > 1:
            status, headers, _ = self.ask("GET", path, role=role)
            if status == 200 and "etag" in headers:
                return headers["etag"]
            path = path.rpartition("/")[0]
        return None


class _Watch(logging.Handler):
    """Keeps what is logged with a trace."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        where = traceback.extract_tb(error.__traceback__)[-6:] if error is not None else ()
        places = " < ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in reversed(where))
        self._found.append(f"{record.getMessage()[:200]}: {type(error).__name__}: {str(error)[:200]}: {places}")


@contextmanager
def running(folder: Path, *, rubrics: Path | None = None, laid: bool = True) -> Iterator[World]:
    """The service until the block ends, with something of everything in it where ``laid``."""
    settings = Settings(
        data_dir=folder,
        rubrics_dir=rubrics,
        engine="sidecar",
        admin_key="a-key-that-is-long-enough-for-fuzzing",
        max_upload_bytes=3_000_000,
        max_body_bytes=300_000,
    )
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    crashes: list[str] = []
    watch = _Watch(crashes)
    logging.getLogger("qa_service").addHandler(watch)
    thread.start()
    try:
        until = time.monotonic() + _START_SECONDS
        while not server.started and time.monotonic() < until and thread.is_alive():
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        world = World(url=f"http://127.0.0.1:{port}", keys=_keys(app), document=json.loads(json.dumps(app.openapi())), crashes=crashes)
        if laid:
            lay(world)
        yield world
    finally:
        server.should_exit = True
        thread.join(60)
        logging.getLogger("qa_service").removeHandler(watch)


def _keys(app: Any) -> dict[Role, str]:
    services = app.state.services
    made = {}
    for role in Role:
        agent = "a17" if role is Role.AGENT else None
        name = _CALLERS.format(role=role)
        services.users.create(User(id=name, login=name, name=name, role=role, teams=("billing",), agent=agent), by=SYSTEM)
        made[role] = services.keys.issue("fuzz", by=SYSTEM, user=name)[1]
    for name, role in _NAMED.items():
        services.users.create(User(id=name, login=name, name=name.title(), role=role, teams=("billing",)), by=SYSTEM)
    return made


def chat(name: str, **changes: Any) -> dict[str, Any]:
    """A chat that most analyzers have something to say about."""
    turns = [
        {"speaker": "customer", "text": f"My kettle is broken, order {name}. This is the third time!", "sent_at": "2026-11-02T09:14:05Z"},
        {
            "speaker": "agent",
            "text": "Hello, I am sorry about that. I will send you a new one tomorrow.",
            "sent_at": "2026-11-02T09:14:41Z",
        },
        {"speaker": "customer", "text": "Thank you.", "sent_at": "2026-11-02T09:15:41Z"},
    ]
    agent = {"id": "a17", "name": "Sara", "team": "billing"}
    told = {
        "id": name,
        "channel": "chat",
        "language": "en",
        "started_at": "2026-11-02T09:14:05Z",
        "agent": agent,
        "customer": {"id": "k-88"},
    }
    return {**told, "survey": {"csat": 4, "scale": 5}, "turns": turns, **changes}


def lay(world: World) -> None:
    """Chats, and then whatever the examples of the document make."""
    for name in ("c-1042", "c-1055", "c-1060", "c-1061"):
        world.ask("POST", "/v1/conversations", body=chat(name))
    until = time.monotonic() + 30
    while time.monotonic() < until:
        jobs = world.ask("GET", "/v1/jobs")[2]["items"]
        if len(jobs) >= 4 and all(one["state"] in ("done", "failed") for one in jobs):
            break
        time.sleep(0.1)
    learn(world)
    world.ask("POST", "/v1/sampling/plans", body={"name": "weekly", "rule": {"kind": "random", "n": 2}, "blind_share": 0, "seed": "s"})
    world.ask("POST", "/v1/saved-searches", body={"name": "Kettles", "query": {"q": "kettle"}})
    world.ask("POST", "/v1/reports", body={"kind": "agent", "subject": "a17", "format": "csv"})
    for path, item in world.document["paths"].items():
        body = _example(world.document, item.get("post", {}))
        if body is not None and not any(word in path for word in ("erase", "erasures", "sessions")):
            world.ask(
                "POST", path.format(**dict.fromkeys(_PARAMETER.findall(path), "none") | world.filled(path, random.Random(1))), body=body
            )
    learn(world)


def learn(world: World) -> None:
    """Ask every list that needs no id for what is in it, then those below it."""
    paths = [path for path, item in world.document["paths"].items() if "get" in item]
    for path in sorted(paths, key=lambda one: one.count("{")):
        if path.count("{") > 1 or path.startswith("/v1/oidc"):
            continue
        filled = world.filled(path, random.Random(1))
        if len(filled) == path.count("{"):
            where = path.format(**filled)
            status, _, answer = world.ask("GET", where)
            if status == 200 and isinstance(answer, dict | list):
                world.note(where, answer)
    world.pools["version"] = ["1", "2"]
    world.pools["kind"] = ["amazon-connect", "genesys", "amazon_connect", "contact_lens"]
    world.pools["customer"] = world.pools["/v1/customers"] = ["k-88"]
    world.pools["team"] = world.pools["/v1/teams"] = ["billing"]
    interactions = world.pools.get("/v1/interactions", [])
    for name in ("/v1/contacts", "/v1/satisfaction/interactions"):
        world.pools[name] = interactions
    world.pools["interaction"] = interactions
    for name in ("/v1/learned", "/v1/validity"):
        world.pools[name] = world.pools.get("/v1/rubrics", [])


def _example(document: dict[str, Any], operation: Mapping[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = content.get("schema", {})
    schema = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    return next((one for one in (schema.get("example"), *schema.get("examples", ())) if one is not None), None)
