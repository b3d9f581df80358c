"""The acting process, ended by SIGKILL at one point: `python -m tests.actions.killed POINT SIDE ...its arguments`."""

from __future__ import annotations

import inspect
import os
import signal
import sys
from typing import Any, Final

from specter_tui.actions.renew_proof import RenewProof
from specter_tui.actions.route_proof import Verifier
from specter_tui.cli.acting import main
from specter_tui.effects import journal, journal_file
from specter_tui.effects.acme_storage import AcmeStorage
from specter_tui.effects.asked_file import AskedFile
from specter_tui.effects.compose_cli import ComposeCli
from specter_tui.effects.docker_control import DockerControl
from specter_tui.effects.journal import FileJournal
from specter_tui.effects.locks import FileLocks
from specter_tui.effects.overlay_file import OverlayFile
from specter_tui.effects.trusted_file import TrustedFiles
from specter_tui.sources.traefik import TraefikApi

PLACES: Final[dict[str, tuple[Any, str]]] = {
    "locks": (FileLocks, "hold"),
    "receipt": (journal, "_put"),
    "restart": (DockerControl, "restart"),
    "step": (FileJournal, "note"),
    "traefik": (TraefikApi, "read"),
    "line": (journal_file, "add"),
    "backup": (FileJournal, "_keep"),
    "end": (FileJournal, "end"),
}


# Of protecting a host: by labels, and by the overlay.
PROTECT_PLACES: Final[dict[str, tuple[Any, str]]] = {
    "write": (TrustedFiles, "replace"),
    "check": (ComposeCli, "check"),
    "up": (ComposeCli, "up"),
    "shown": (Verifier, "shown"),
    "proof": (Verifier, "turned_away"),
    "asked": (AskedFile, "add"),
    "overlay": (OverlayFile, "put"),
}


# Of renewing a certificate.
RENEW_PLACES: Final[dict[str, tuple[Any, str]]] = {
    "stop": (DockerControl, "stop"),
    "copy": (AcmeStorage, "keep"),
    "exchange": (AcmeStorage, "exchange"),
    "start": (DockerControl, "start"),
    "served": (RenewProof, "verify"),
    "new": (AcmeStorage, "note_new"),
    "put back": (AcmeStorage, "put_back"),
}


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _mine(point: str, side: str) -> None:
    place, name = (PLACES | PROTECT_PLACES | RENEW_PLACES)[point]
    real = getattr(place, name)

    async def deadly_async(*arguments: Any, **named: Any) -> Any:
        if side == "before":
            _die()
        await real(*arguments, **named)
        _die()

    def deadly(*arguments: Any, **named: Any) -> Any:
        if side == "before":
            _die()
        real(*arguments, **named)
        _die()

    setattr(place, name, deadly_async if inspect.iscoroutinefunction(real) else deadly)


if __name__ == "__main__":
    _mine(sys.argv.pop(1), sys.argv.pop(1))
    sys.exit(main())
