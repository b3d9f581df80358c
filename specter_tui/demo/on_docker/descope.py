"""The emulated Descope in a container, since nobody knows how an engine's containers reach this process.

It runs by the verify service's image, which has all that it imports. People's browsers and the verify service have to
reach it by one address: `descope.localhost` is loopback to browsers (RFC 6761), and its container on the network.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from specter_tui.demo.sample import NETWORK

HOST: Final = "descope.localhost"
SERVICE: Final = "descope"
_PACKAGE: Final = "specter_tui"
_MODULES: Final = ("__init__.py", "demo/__init__.py", "demo/loopback_site.py")  # beside its own package
_OWN: Final = "demo/descope"
_TARGET: Final = "/opt/demo"
_PYTHON: Final = "/opt/verify/bin/python"


def descope_files() -> dict[str, str]:
    """Its program, to be laid out below the folder that the container sees; texts by path."""
    package = files(_PACKAGE)
    own = (f"{_OWN}/{one.name}" for one in (package / _OWN).iterdir() if one.name.endswith(".py"))
    return {f"compose/descope/{_PACKAGE}/{name}": _text(package, name) for name in (*_MODULES, *own)}


def descope_of(port: int) -> dict[str, Any]:
    """The service; `port` is its own and the one that it is published on."""
    ask = f"import urllib.request as one; one.urlopen('http://127.0.0.1:{port}/', timeout=3)"
    return {
        "entrypoint": [_PYTHON, "-m", "specter_tui.demo.descope"],
        "command": ["--address", "0.0.0.0", "--port", str(port)],  # noqa: S104  in its container
        "environment": {"PYTHONPATH": _TARGET},
        "volumes": [bind("./descope", _TARGET)],
        "ports": [f"127.0.0.1:{port}:{port}"],
        "networks": {NETWORK: {"aliases": [HOST]}},
        "healthcheck": {"test": ["CMD", _PYTHON, "-c", ask], "interval": "1s", "timeout": "5s", "retries": 30},
    }


def bind(source: str, target: str) -> dict[str, Any]:
    """A folder beside the compose file, to be read; one that the engine does not see is an error."""
    options = {"create_host_path": False}
    return {"type": "bind", "source": source, "target": target, "read_only": True, "bind": options}


def _text(package: Traversable, name: str) -> str:
    return (package / name).read_text(encoding="utf-8")
