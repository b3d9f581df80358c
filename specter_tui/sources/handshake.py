"""Looks at the certificate that is shown for a name: a TLS handshake and nothing else, no byte of HTTP is sent.

Nothing is verified, since what is shown is read and not trusted. Every handshake has a socket and a deadline of its
own; a few are made at once.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from specter_tui.core.model import OF_A_HANDSHAKE, Certificate
from specter_tui.core.serving import Handshake, HandshakeTarget
from specter_tui.core.text import visible
from specter_tui.sources.leaf import decode_der

_AT_ONCE: Final = 4
_SHOWN: Final = 160
_UNREADABLE: Final = "showed a certificate that cannot be parsed"


class Handshakes:
    """`core.ports.HandshakeSource`; `deadline` is seconds for one target, its look-up in DNS included."""

    def __init__(self, deadline: float = 4.0) -> None:
        self._deadline = deadline
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._known: dict[bytes, Certificate | None] = {}  # of the last round, by DER

    async def read(self, targets: Sequence[HandshakeTarget]) -> tuple[Handshake, ...]:
        """One answer a target, in their order, four at once. Raises nothing."""
        before, self._known = self._known, {}
        context = await asyncio.to_thread(_context) if targets else None
        return tuple(await asyncio.gather(*(self._ask(one, context, before) for one in targets)))

    async def _ask(
        self, target: HandshakeTarget, context: ssl.SSLContext | None, before: dict[bytes, Certificate | None]
    ) -> Handshake:
        error, refused = "", False
        async with self._places:
            at = datetime.now(UTC)  # noqa: TID251  when it was looked at
            try:
                async with asyncio.timeout(self._deadline):
                    der = await _shown(target, context)
            except TimeoutError:
                error = f"did not answer within {self._deadline:g} s"
            except ssl.SSLError as failed:
                error, refused = f"ended the handshake ({_short(failed)})", True
            except (OSError, ValueError) as failed:  # UnicodeError, of a name that is none, is a ValueError
                error = f"could not be reached ({_short(failed)})"
        if error:
            return Handshake(target, at, error=error, refused=refused)
        if der not in self._known:
            self._known[der] = (
                before[der] if der in before else await asyncio.to_thread(decode_der, der, OF_A_HANDSHAKE)
            )
        certificate = self._known[der]
        return Handshake(target, at, certificate, "" if certificate else _UNREADABLE)


async def _shown(target: HandshakeTarget, context: ssl.SSLContext | None) -> bytes:
    """The leaf in DER, empty when none was shown."""
    host, _, port = target.address.rpartition(":")
    _, writer = await asyncio.open_connection(
        host.strip("[]") or target.host, int(port), ssl=context, server_hostname=target.host
    )
    try:
        secured = writer.get_extra_info("ssl_object")
        return secured.getpeercert(binary_form=True) or b""
    finally:
        writer.transport.abort()  # nothing was sent, so there is nothing to take leave of


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _short(error: Exception) -> str:
    reason = getattr(error, "reason", "") or getattr(error, "strerror", "") or str(error)
    return visible(str(reason).partition("\n")[0].replace("_", " ").lower() or type(error).__name__, _SHOWN)
