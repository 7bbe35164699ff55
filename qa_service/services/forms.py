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

    def choose(self, channel: Channel, rubric: str | None = None) -> Rubric:
        """The named one, else the channel's own.

        Raises :class:`InputError` for one that is not in force or judges another channel, :class:`ConfigurationError` when the channel
        has none or several.
        """
        if rubric is not None:
            return _fitting(self.named(rubric), channel)
        own = [one for one in self._rubrics if one.channel is channel]
        if len(own) == 1:
            return own[0]
        if own:
            names = ", ".join(one.rubric for one in own)
            raise ConfigurationError(f"several rubrics judge {channel.value}: {names}", field="rubric", hint="say which, as in --rubric ID")
        raise ConfigurationError(f"no rubric is in force for channel {channel.value}", field="rubric")


def _fitting(rubric: Rubric, channel: Channel) -> Rubric:
    if rubric.channel is not channel:
        raise InputError(f"rubric {rubric.rubric!r} judges {rubric.channel.value}, not {channel.value}", field="rubric")
    return rubric
