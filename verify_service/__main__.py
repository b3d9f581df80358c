"""`specter-verify`: runs the service, or asks a running one whether it is alive.

Exit codes: 0 stopped as told; 1 a port is taken, or `--check` found no living service; 2 a setting is missing or wrong,
or what the service needs is not installed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from verify_service.errors import ConfigError

_CHECK_SECONDS: Final = 3.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the environment and serves."""
    parser = argparse.ArgumentParser(prog="specter-verify", description="ForwardAuth for Traefik, with Descope.")
    parser.add_argument("--check", action="store_true", help="exit with 0 when the service on this machine is alive")
    if parser.parse_args(arguments).check:
        return _check(os.environ)
    try:
        return _serve(os.environ)
    except ConfigError as error:
        return _said(2, str(error))
    except ModuleNotFoundError as error:
        return _said(2, f"{error.name} is not installed; type: pip install 'specter-tui[verify]'")
    except OSError as error:
        return _said(1, f"can't listen: {error.strerror}")


def _serve(environ: Mapping[str, str]) -> int:
    from verify_service.config import read

    settings = read(environ)
    # Not before the settings are known to be good: these imports take most of the start.
    from verify_service.server import run
    from verify_service.telemetry import configure

    run(settings, configure(settings.log_level, as_json=settings.log_json))
    return 0


def _said(code: int, sentence: str) -> int:
    sys.stderr.write(f"specter-verify: {sentence}\n")
    return code


def _check(environ: Mapping[str, str]) -> int:
    """Whether /healthz answers; for a container's health check, which has no shell and no curl."""
    bind = environ.get("BIND", "").strip()
    host = bind if bind not in {"", "0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104  compared, not bound
    try:
        port = int(environ.get("PORT", "").strip() or "3000")
        connection = http.client.HTTPConnection(host, port, timeout=_CHECK_SECONDS)
        connection.request("GET", "/healthz")
        alive = connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, ValueError, http.client.HTTPException) as error:
        return _said(1, f"no answer: {error}")
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())
