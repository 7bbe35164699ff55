"""Who acts on the command line: whoever may run commands on the machine may do everything, under their name there."""

from __future__ import annotations

import getpass

from qa_service.domain.permission import Actor, Role


def operator() -> Actor:
    """The person at the keyboard, as it stands in the ledger: ``cli/NAME``."""
    return Actor(id=f"cli/{getpass.getuser()}", role=Role.ADMIN)
