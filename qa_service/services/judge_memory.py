"""The judge's memory as far as it must be forgettable: what it was asked about a conversation, whether or not the judge is still in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qa_service.analysis.judge.memory import Memory
from qa_service.analysis.judge.prompt import shown
from qa_service.domain.transcript import Transcript
from qa_service.settings import Settings

_FILE = "judge.sqlite"


def asked_about(settings: Settings, transcripts: Iterable[Transcript]) -> tuple[str, ...]:
    """Hashes of kept requests that show these conversations: most of the turns that they show stand there in the same place."""
    path, talks = settings.data_dir.resolve() / _FILE, [[turn.text for turn in one.turns] for one in transcripts]
    if not path.is_file() or not talks:
        return ()
    kept = ((request, shown(sent)) for request, sent in Memory(path, keep=settings.judge_keep).sent())
    return tuple(request for request, turns in kept if any(_shows(turns, talk) for talk in talks))


def forget(settings: Settings, requests: Iterable[str] | None = None) -> int:
    """Delete kept requests with their replies for good (``None``: all of them); how many there were."""
    path = settings.data_dir.resolve() / _FILE
    if not path.is_file():
        return 0
    memory = Memory(path, keep=settings.judge_keep)
    return memory.clear() if requests is None else memory.forget(requests)


def _shows(turns: Mapping[int, str], talk: Sequence[str]) -> bool:
    """Masking may have changed some turns."""
    same = sum(index < len(talk) and talk[index] == text for index, text in turns.items())
    return bool(turns) and 2 * same >= len(turns)
