"""What the tests of several floors share: two small forms, settings that point at them, and files to score."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.settings import Settings

ROOT = Path(__file__).parents[1]

#: Greeting (weight 2) in a section of weight 1; manners (1, critical) and help (3, for people) in one of weight 3.
FORM = """\
rubric: mini-{channel}
version: {version}
channel: {channel}
title: {{en: Mini, fa: کوتاه, ar: قصير}}
sections:
  - id: opening
    title: Opening
    weight: 1
    criteria:
      - id: greeting
        question: Did the agent greet?
        weight: 2
        skill: clarity
        detect: {{said: {{by: agent, phrases: {{en: [{greeting}], fa: [سلام], ar: [مرحبا]}}}}}}
  - id: rest
    title: Rest
    weight: 3
    criteria:
      - id: manners
        question: Was the agent polite?
        weight: 1
        severity: customer
        detect: {{not_said: {{by: agent, phrases: {{en: [stupid], fa: [احمق], ar: [غبي]}}}}}}
      - id: helped
        question: Was the customer helped?
        weight: 3
        detect: manual
"""


@pytest.fixture(scope="session")
def write_form() -> Callable[..., Path]:
    """Writes a form; another version or greeting makes another rubric."""

    def write(folder: Path, channel: str, *, version: int = 1, greeting: str = "hello", rubric: str | None = None) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        text = FORM.format(channel=channel, version=version, greeting=greeting)
        path = folder / f"{rubric or channel}.yaml"
        path.write_text(text if rubric is None else text.replace(f"mini-{channel}", rubric), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def forms(tmp_path_factory: pytest.TempPathFactory, write_form: Callable[..., Path]) -> Path:
    """A folder with the small forms of chat and phone."""
    folder = tmp_path_factory.mktemp("forms")
    for channel in ("chat", "phone"):
        write_form(folder, channel)
    return folder


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    """One for all, since its lexicons are compiled once an object."""
    return Analysis()


@pytest.fixture(scope="session")
def make_settings(forms: Path) -> Callable[..., Settings]:
    """Settings on a data folder of one's own, with the small forms and the engine that only reads."""

    def make(data_dir: Path, **changes: Any) -> Settings:
        return Settings(**{"data_dir": data_dir, "rubrics_dir": forms, "engine": "sidecar", **changes})

    return make


def chat(identifier: str, *said: str, agent: str | dict[str, Any] | None = "a1", **header: Any) -> dict[str, Any]:
    """A chat in which the agent and the customer take turns; the agent begins."""
    turns = [{"speaker": ("agent", "customer")[index % 2], "text": text} for index, text in enumerate(said or ("Hello!", "Hi."))]
    who = {} if agent is None else {"agent": {"id": agent} if isinstance(agent, str) else agent}
    return {"id": identifier, "channel": "chat", "language": "en", **who, **header, "turns": turns}


@pytest.fixture(scope="session")
def chats() -> Callable[..., dict[str, Any]]:
    """Makes chats: ``chats(ID, "Hello!", "Hi.", agent="a1")``."""
    return chat


@pytest.fixture(scope="session")
def write_chat() -> Callable[..., Path]:
    """Writes a chat as ``ID.json``."""

    def write(folder: Path, identifier: str, *said: str, **header: Any) -> Path:
        path = folder / f"{identifier}.json"
        path.write_text(json.dumps(chat(identifier, *said, **header), ensure_ascii=False), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def write_call() -> Callable[..., Path]:
    """Writes a two-channel recording of noise, and what was said beside it for the engine that only reads."""

    def write(folder: Path, name: str, *said: str, channels: Any = None, seconds: float = 1.0, parties: int = 2, **header: Any) -> Path:
        path = folder / f"{name}.wav"
        # Loud enough to be no silence; every name has noise of its own.
        noise = np.random.default_rng(list(name.encode())).integers(-3000, 3000, size=(round(8000 * seconds), parties), dtype=np.int16)
        with wave.open(str(path), "wb") as file:
            file.setparams((parties, 2, 8000, 0, "NONE", ""))
            file.writeframes(noise.tobytes())
        if said:
            turns = chat(name, *said)["turns"]
            timed = [{**turn, "start": index * 0.4, "end": index * 0.4 + 0.3} for index, turn in enumerate(turns)]
            told = {"left": "agent", "right": "customer"} if channels is None else channels
            sidecar = {"id": name, "language": "en", "agent": {"id": "a1"}, "channels": told, **header, "turns": timed}
            path.with_suffix(".json").write_text(json.dumps(sidecar), encoding="utf-8")
        return path

    return write
