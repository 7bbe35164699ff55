"""Commands that are loaded when they are called; until then only their names and one line each are known."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


class Command(NamedTuple):
    """Where a command is, and what the overview says about it."""

    #: File of this package.
    module: str
    #: Function, or ``Typer`` group, in that file.
    attribute: str
    #: One line.
    summary: str

    def load(self, name: str) -> TyperCommand | TyperGroup:
        """The command with its options."""
        found = getattr(import_module(f"{__package__}.{self.module}"), self.attribute)
        if isinstance(found, typer.Typer):
            group = get_group(found)
            group.name = name
            return group
        single = typer.Typer(add_completion=False)
        single.command(name)(found)
        command = get_command(single)
        assert isinstance(command, TyperCommand)
        return command


def lazy_group(commands: Mapping[str, Command]) -> type[TyperGroup]:
    """A group of these commands."""

    class LazyGroup(TyperGroup):
        """Lists the commands by their summaries, and loads the one that is called."""

        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            for name, command in commands.items():
                self.add_command(TyperCommand(name, help=command.summary))

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """The real command in place of its summary."""
            name, found, rest = super().resolve_command(ctx, args)
            return name, found if name is None else commands[name].load(name), rest

    return LazyGroup
