"""Which certificate a person means."""

from __future__ import annotations

import re
import shlex
from typing import Final

from specter_tui.core.certificates import covers
from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.near import near
from specter_tui.core.snapshot import CertificateStatus, Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200
_ID: Final = re.compile(r"[0-9a-f]{8,64}")
ID_SHOWN: Final = 12  # characters of a fingerprint that a person types


def find_certificate(snapshot: Snapshot, target: str) -> CertificateStatus:
    """The one with this name or id (the begin of its SHA-256), or that serves this host.

    A name of its own comes before a wildcard. Raises NotFoundError, and RefusedError where several are meant.
    """
    wanted = target.lower().rstrip(".")
    named = [one for one in snapshot.certificates if wanted in _names(one)]
    if not named:
        named = [one for one in snapshot.certificates if covers(_names(one), wanted)]
    if not named and _ID.fullmatch(wanted.replace(":", "")):
        named = [
            one for one in snapshot.certificates if one.certificate.fingerprint.startswith(wanted.replace(":", ""))
        ]
    if len(named) == 1:
        return named[0]
    shown = visible(target, _SHOWN)
    if named:
        each = ", ".join(f"{id_of(one)} (resolver {_resolver(one)})" for one in named)
        raise RefusedError(f"{len(named)} certificates are for {shown}", f"name one by its id: {each}")
    if any(wanted in route.hosts for route in snapshot.routes):
        raise RefusedError(
            f"no acme.json holds a certificate for {shown}, so there is none to renew: Traefik serves its own",
            "see specter-tui doctor for why Traefik orders none",
        )
    known = {name for one in snapshot.certificates for name in _names(one)}
    known.update(host for route in snapshot.routes for host in route.hosts)
    raise NotFoundError(f"no certificate is called {shown}", near(wanted, known, "see specter-tui certs"))


def command(target: str) -> str:
    """What a person types to renew it; a wildcard is quoted, since a shell would look for files."""
    return f"specter-tui certs renew {shlex.quote(visible(target, _SHOWN))}"


def id_of(one: CertificateStatus) -> str:
    """What names just this certificate."""
    return one.certificate.fingerprint[:ID_SHOWN]


def target_of(snapshot: Snapshot, one: CertificateStatus) -> str:
    """What a person types for it: its main name where that means no other one."""
    main = one.certificate.main.lower()
    alone = sum(main in _names(other) for other in snapshot.certificates) == 1
    return main if alone else id_of(one)


def _names(one: CertificateStatus) -> set[str]:
    return {name.lower() for name in (one.certificate.main, *one.certificate.sans)}


def _resolver(one: CertificateStatus) -> str:
    return visible(one.certificate.resolver, _SHOWN) or "none"
