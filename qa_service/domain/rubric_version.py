"""Versions of rubrics: a version that was published never changes, and whatever differs from it needs a higher one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_diff import compare
from qa_service.domain.rubric_source import Fault, Level, RubricSource

#: Changes that a message names.
_NAMED = 2


def version_faults(rubric: Rubric, source: RubricSource, published: Sequence[Rubric]) -> Iterator[Fault]:
    """An error where a rubric differs from what is published under its version, or is older than that; ``published`` are versions of the
    same id in any order."""
    if not published or any(one.fingerprint == rubric.fingerprint for one in published):
        return
    newest = max(one.version for one in published)
    same = next((one for one in published if one.version == rubric.version), None)
    hint = f"raise version to {newest + 1}"
    if same is not None:
        message = f"version {rubric.version} is published with other content: {told(same, rubric)}"
        yield source.fault(Level.ERROR, ("version",), message, hint)
    elif rubric.version < newest:
        yield source.fault(Level.ERROR, ("version",), f"version {newest} is published already, and this is no version of before", hint)


def told(old: Rubric, new: Rubric) -> str:
    """What differs, in a few words."""
    changes = compare(old, new).changes
    more = f" and {len(changes) - _NAMED} more" if len(changes) > _NAMED else ""
    return "; ".join(str(change) for change in changes[:_NAMED]) + more


def advice(old: Rubric, new: Rubric) -> str:
    """What to do about the version of a changed rubric; empty where nothing is to be done."""
    if old.rubric != new.rubric or old.fingerprint == new.fingerprint or new.version > old.version:
        return ""
    if compare(old, new).weight is None:
        return f"nothing differs but the version, {old.version} and {new.version}"
    return f"raise version to {old.version + 1}: {told(old, new)}"
