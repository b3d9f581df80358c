"""specter-tui: every route of a Traefik server with its health, what is broken and why."""

__version__ = "0.1.0"
