"""The Traefik source: its API over HTTP in, a `TraefikRead` out.

`client` speaks HTTP, `fields` reads values of any shape, `routing` and `static` turn documents into parts,
`source` decides what to ask for and when; `certificates` reads the list that 3.7 and later have.
"""

from __future__ import annotations

from specter_tui.sources.traefik.certificates import TraefikCertificates
from specter_tui.sources.traefik.source import TraefikApi

__all__ = ["TraefikApi", "TraefikCertificates"]
