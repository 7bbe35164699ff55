"""``qa-service`` and ``python -m qa_service``."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

from qa_service.errors import QaError, RubricError

#: Exit status for something the user can put right.
FAULT = 2
_INTERRUPTED = 130


def main() -> None:
    """Run the command line; errors of ours are told in one line, without a stack trace."""
    from qa_service.cli import app  # builds the commands; heavy libraries only load when a command needs them

    try:
        app()
    except QaError as error:
        _tell(error)
        sys.exit(FAULT)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; start again to go on where it stopped", style="yellow")
        sys.exit(_INTERRUPTED)


def _tell(error: QaError) -> None:
    console = Console(stderr=True)
    console.print(Text("error: ", style="bold red") + Text(str(error)), soft_wrap=True)
    if isinstance(error, RubricError):
        for fault in error.faults:
            console.print(Text(f"  {fault}"), soft_wrap=True)


if __name__ == "__main__":
    main()
