"""Forms: which rubric in force an interaction is judged by."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Rubric
from qa_service.errors import ConfigurationError, InputError


class Forms:
    """The rubrics in force at one moment."""

    def __init__(self, rubrics: Iterable[Rubric]) -> None:
        self._rubrics = tuple(rubrics)

    def named(self, rubric: str) -> Rubric:
        """The one with that id; raises :class:`InputError`."""
        found = next((one for one in self._rubrics if one.rubric == rubric), None)
        if found is None:
            names = ", ".join(one.rubric for one in self._rubrics)
            raise InputError(f"no rubric {rubric!r} is in force", field="rubric", hint=f"one of: {names}" if names else None)
        return found

    def fitting(self, channel: Channel, rubric: str | None = None) -> tuple[Rubric, ...]:
        """Those for a channel, or the one of them with that id; an interaction is judged where there is exactly one."""
        return tuple(one for one in self._rubrics if one.channel is channel and rubric in (None, one.rubric))

    def choose(self, channel: Channel, rubric: str | None = None) -> Rubric:
        """The named one, else the channel's own.

        Raises :class:`InputError` for one that is not in force or judges another channel, :class:`ConfigurationError` when the channel
        has none or several.
        """
        found = self.fitting(channel, rubric)
        if len(found) == 1:
            return found[0]
        if rubric is not None:
            judges = self.named(rubric).channel
            raise InputError(f"rubric {rubric!r} judges {judges.value}, not {channel.value}", field="rubric")
        if found:
            names = ", ".join(one.rubric for one in found)
            raise ConfigurationError(f"several rubrics judge {channel.value}: {names}", field="rubric", hint="say which, as in --rubric ID")
        raise ConfigurationError(f"no rubric is in force for channel {channel.value}", field="rubric")
