"""The file of a secret: looked at without being read, made once, of random bytes."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from specter_tui.core.deploying.facts import SecretFacts
from specter_tui.core.deploying.work import NewSecret
from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

_BYTES: Final = 32
_MODE: Final = 0o400
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SHOWN: Final = 200


class SecretFile:
    """`core.deploying.ports.Secrets`."""

    def look(self, path: str) -> SecretFacts:
        """What is there; a link is not followed. Raises RefusedError when that can't be seen."""
        if not path:
            return SecretFacts("nothing")
        try:
            status = Path(path).lstat()
        except FileNotFoundError:
            return SecretFacts("nothing")
        except OSError as error:
            raise _refused(path, "looked at", error) from error
        if not stat.S_ISREG(status.st_mode):
            return SecretFacts("other")
        return SecretFacts("file", status.st_uid, stat.S_IMODE(status.st_mode), status.st_size)

    def make(self, secret: NewSecret) -> None:
        """Makes it: whole and with its owner before it has its name. Raises RefusedError.

        A secret that is there already stays, whoever made it: to replace one ends all sessions.
        """
        path = Path(secret.path)
        beside = path.parent / f".{path.name}.{secrets.token_hex(8)}.tmp"
        try:
            with os.fdopen(os.open(beside, _NEW, 0o600), "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(_BYTES))
                stream.flush()
                os.fchown(stream.fileno(), secret.user, secret.group)
                os.fchmod(stream.fileno(), _MODE)
                os.fsync(stream.fileno())
            with suppress(FileExistsError):
                os.link(beside, path)
        except OSError as error:
            raise _refused(secret.path, "made", error) from error
        finally:
            with suppress(OSError):
                beside.unlink()

    def remove(self, path: str) -> None:
        """Removes it; one that is not there is none. Raises RefusedError."""
        try:
            Path(path).unlink(missing_ok=True)
        except OSError as error:
            raise _refused(path, "removed", error) from error


def _refused(path: str, what: str, error: OSError) -> RefusedError:
    message = f"{visible(path, _SHOWN)} can't be {what}: {error.strerror}"
    return RefusedError(message, "check the folder's owner, mode and space")
