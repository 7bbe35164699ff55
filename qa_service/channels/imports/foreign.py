"""Reading a foreign product's JSON: one document, the keys we know, and errors in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from qa_service.channels.base import Conversation, Outcome, Where
from qa_service.channels.documents import documents
from qa_service.channels.faults import fault_of
from qa_service.errors import ConversationError


class Foreign(BaseModel):
    """A shape of a product that adds keys as it likes: those we do not read are let be."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


_F = TypeVar("_F", bound=Foreign)


def load_foreign(path: Path, model: type[_F]) -> _F:
    """The only document of ``path`` as ``model``; raises :class:`ConversationError`, or :class:`OSError` for the disk."""
    where = Where(file=path)
    found = list(documents(path.read_bytes(), file=path))
    if len(found) != 1:
        raise where.fault(f"holds {len(found)} documents where one is expected")
    if isinstance(found[0], ConversationError):
        raise found[0]
    try:
        return model.model_validate_json(found[0].text.encode("utf-8", "surrogatepass"), strict=True)
    except ValidationError as error:
        raise fault_of(error, keys={}, where=where) from error


def outcome(path: Path, read: Callable[[], Conversation]) -> Iterator[Outcome]:
    """What ``read`` gives, or the error it raises."""
    try:
        yield read()
    except ConversationError as error:
        yield error
    except OSError as error:
        yield Where(file=path).fault(f"cannot be read: {error.strerror}")
