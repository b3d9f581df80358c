"""Looks at the certificate that is shown for a name: a TLS handshake and nothing else, no byte of HTTP is sent.

Nothing is verified, since what is shown is read and not trusted. Every handshake has a socket and a deadline of its
own; a few are made at once.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from specter_tui.core.model import OF_A_HANDSHAKE, Certificate
from specter_tui.core.serving import Handshake, HandshakeTarget
from specter_tui.core.text import visible
from specter_tui.sources.leaf import decode_der

_AT_ONCE: Final = 4
_LEAVE: Final = 0.5  # seconds
_SHOWN: Final = 160
_UNREADABLE: Final = "showed a certificate that cannot be parsed"

Known = dict[bytes, Certificate | None]  # by DER; None: it cannot be parsed


class Handshakes:
    """`core.ports.HandshakeSource`; `deadline` is seconds for one target, its look-up in DNS included."""

    def __init__(self, deadline: float = 4.0) -> None:
        self._deadline = deadline
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._known: Known = {}  # of the last round

    async def read(self, targets: Sequence[HandshakeTarget]) -> tuple[Handshake, ...]:
        """One answer a target, in their order, four at once. Raises nothing."""
        if not targets:
            return ()
        context = await asyncio.to_thread(_context)
        asked = await asyncio.gather(*(self._ask(one, context) for one in targets))
        self._known = await asyncio.to_thread(_decoded, {der for _, der in asked if der}, self._known)
        return tuple(self._told(answer, der) for answer, der in asked)

    async def _ask(self, target: HandshakeTarget, context: ssl.SSLContext) -> tuple[Handshake, bytes]:
        """The answer without its certificate, and the certificate in DER."""
        async with self._places:
            at = datetime.now(UTC)  # noqa: TID251  when it was looked at
            try:
                async with asyncio.timeout(self._deadline):
                    return Handshake(target, at), await _shown(target, context)
            except TimeoutError:
                error, refused = f"did not answer within {self._deadline:g} s", False
            except ssl.SSLError as failed:
                error, refused = f"ended the handshake ({_short(failed)})", True
            except (OSError, ValueError) as failed:  # UnicodeError, of a name that is none, is a ValueError
                error, refused = f"could not be reached ({_short(failed)})", False
        return Handshake(target, at, error=error, refused=refused), b""

    def _told(self, answer: Handshake, der: bytes) -> Handshake:
        if answer.error:
            return answer
        certificate = self._known.get(der)
        return replace(answer, certificate=certificate, error="" if certificate else _UNREADABLE)


def _decoded(shown: Iterable[bytes], known: Known) -> Known:
    """The certificates by their DER; those of the last round are not parsed again."""
    return {der: known[der] if der in known else decode_der(der, OF_A_HANDSHAKE) for der in shown}


async def _shown(target: HandshakeTarget, context: ssl.SSLContext | None) -> bytes:
    """The leaf in DER, empty when none was shown."""
    host, _, port = target.address.rpartition(":")
    _, writer = await asyncio.open_connection(
        host.strip("[]") or target.host,
        int(port),
        ssl=context,
        server_hostname=target.host,
        ssl_shutdown_timeout=_LEAVE,
    )
    try:
        secured = writer.get_extra_info("ssl_object")
        return secured.getpeercert(binary_form=True) or b""
    finally:
        writer.close()
        with suppress(OSError):  # TimeoutError too: one that does not take leave is left
            async with asyncio.timeout(_LEAVE):
                await writer.wait_closed()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _short(error: Exception) -> str:
    reason = getattr(error, "reason", "") or getattr(error, "strerror", "") or str(error)
    return visible(str(reason).partition("\n")[0].replace("_", " ").lower() or type(error).__name__, _SHOWN)
