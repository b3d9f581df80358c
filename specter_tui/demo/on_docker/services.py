"""The sample applications and the sign-in as services of Compose, made of the images that the stack itself needs."""

from __future__ import annotations

from typing import Any, Final

from specter_tui.demo.descope import PROJECT
from specter_tui.demo.on_docker.descope import HOST, SERVICE, bind, descope_of
from specter_tui.demo.sample import AUTH_HOST, DOMAIN, NETWORK, VERIFY_SERVICE, App, Conduct

Document = dict[str, Any]

BUSYBOX: Final = "${WHOAMI_IMAGE:-busybox:1.37}"
VERIFY: Final = "${VERIFY_IMAGE}"
SECRET_FILE: Final = "secrets/session-secret"  # noqa: S105  a file's name
_PAGE: Final = "<!doctype html><title>specter demo</title><h1>A sample application</h1>\n"
PAGES: Final = {"compose/pages/index.html": _PAGE, "compose/pages/explore/index.html": _PAGE}
_LIMITS: Final = {"resources": {"limits": {"cpus": "0.25", "memory": "64M", "pids": 32}}}
_EMULATOR: Final = {"resources": {"limits": {"cpus": "1", "memory": "128M", "pids": 32}}}
_LOCKED: Final = {
    "init": True,
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
_WORK: Final = """
n=0
while :; do
  n=$((n + 1))
  echo "INFO  worker: job $n done"
  [ $((n % 25)) = 0 ] && echo "ERROR worker: job $n failed: the disk of photos is 91 % full" >&2
  sleep 1
done
"""
_CRASH: Final = "echo 'importer: reading /config/importer.yml'; sleep 2; echo 'IMPORT_TOKEN is not set' >&2; exit 3"
# One container of the service makes the folder and serves nothing; the others find it there.
_ONE_SICK: Final = "mkdir /turn/taken 2>/dev/null && exec sleep 1000000; exec "


def service_of(app: App) -> Document:
    """One application."""
    service: Document = {
        "image": BUSYBOX,
        **_LOCKED,
        "networks": [NETWORK],
        "deploy": {**_LIMITS, "replicas": app.copies},
        "labels": {key: escaped(value) for key, value in app.labels.items()},
    }
    if app.conduct is Conduct.SERVE:
        return service | _pages(app)
    if app.conduct is Conduct.CRASH:
        return service | {"command": ["sh", "-c", escaped(_CRASH)], "restart": "on-failure"}
    return service | {"command": ["sh", "-c", escaped(_WORK)]}


def sign_in_of(verify: Document, user: str, websecure: int, descope: int) -> dict[str, Document]:
    """The stack's verify service with settings for the demo alone, and the Descope that it asks.

    `user` is UID:GID, the owner of the secret's file; the ports are those that people reach both by.
    """
    settings = {
        "DESCOPE_PROJECT_ID": PROJECT,
        "DESCOPE_BASE_URI": f"http://{HOST}:{descope}",
        "SESSION_SECRET_FILE": verify["environment"]["SESSION_SECRET_FILE"],
        "COOKIE_DOMAIN": DOMAIN,
        "AUTH_HOST": f"{AUTH_HOST}:{websecure}",
        "PUBLIC_PORTS": str(websecure),
        "DEFAULT_POLICY": "any",
        "LOG_FORMAT": "console",
    }
    own = {"image": VERIFY, "user": user, "environment": settings}
    own["depends_on"] = {SERVICE: {"condition": "service_healthy"}}
    kept = {key: value for key, value in verify.items() if key != "build"}
    emulator = {"image": VERIFY, **_LOCKED, "user": user, "deploy": _EMULATOR, **descope_of(descope)}
    return {VERIFY_SERVICE: kept | own, SERVICE: emulator}


def escaped(text: str) -> str:
    """A text that Compose takes as it stands."""
    return text.replace("$", "$$")


def _pages(app: App) -> Document:
    """The httpd of busybox with a page or two."""
    httpd = ["httpd", "-f", "-p", str(app.port), "-h", "/www"]
    check = _check(f"http://127.0.0.1:{app.port}/")
    volumes: list[Document] = [bind("./pages", "/www")]
    if app.sick and app.copies == 1:
        check["test"] = ["CMD", "false"]
    elif app.sick:
        httpd = ["sh", "-c", f"{_ONE_SICK}{' '.join(httpd)}"]
        volumes.append({"type": "volume", "source": f"{app.name}-turn", "target": "/turn"})
    return {"command": httpd, "volumes": volumes, "expose": [str(app.port)], "healthcheck": check}


def _check(url: str) -> Document:
    return {"test": ["CMD", "wget", "-q", "-O", "/dev/null", url], "interval": "2s", "timeout": "3s", "retries": 2}
