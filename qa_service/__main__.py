"""``qa-service`` and ``python -m qa_service``."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.text import Text

from qa_service.errors import QaError, RubricError

#: Exit status for something the user can put right.
FAULT = 2
#: Exit status of a command that was interrupted, by custom of shells.
INTERRUPTED = 130


def main() -> None:
    """Run the command line; errors of ours are told in one line, without a stack trace."""
    from qa_service.cli import app  # builds the commands; heavy libraries only load when a command needs them

    try:
        app()
    except QaError as error:
        _tell(error)
        sys.exit(FAULT)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _leave()
        raise


def _tell(error: QaError) -> None:
    console = Console(stderr=True)
    console.print(Text("error: ", style="bold red") + Text(str(error)), soft_wrap=True)
    if isinstance(error, RubricError):
        for fault in error.faults:
            console.print(Text(f"  {fault}"), soft_wrap=True)


def _leave() -> None:
    Console(stderr=True).print("interrupted; start again to go on where it stopped", style="yellow")
    sys.stdout.flush()
    # At once: the interpreter would wait for threads that transcribe. Each step is stored whole or not at all, so nothing is lost.
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
