"""The sample applications as services of Compose, made of the images that the stack itself needs."""

from __future__ import annotations

from typing import Any, Final

from specter_tui.demo.sample import NETWORK, App, Conduct

Document = dict[str, Any]

BUSYBOX: Final = "${WHOAMI_IMAGE:-busybox:1.37}"
HAPROXY: Final = "${HAPROXY_IMAGE:-haproxy:3.2-alpine}"
VERIFY_FILE: Final = "compose/verify/verify.cfg"
_PAGE: Final = "<!doctype html><title>specter demo</title><h1>A sample application</h1>\n"
PAGES: Final = {"compose/pages/index.html": _PAGE, "compose/pages/explore/index.html": _PAGE}
_LIMITS: Final = {"resources": {"limits": {"cpus": "0.25", "memory": "64M", "pids": 32}}}
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


def service_of(app: App, sign_in: str) -> Document:
    """One application; `sign_in` is the address of the sign-in page."""
    service: Document = {
        "image": BUSYBOX,
        "init": True,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "networks": [NETWORK],
        "deploy": {**_LIMITS, "replicas": app.copies},
        "labels": {key: escaped(value) for key, value in app.labels.items()},
    }
    if app.conduct is Conduct.VERIFY:
        return service | _verify(app, sign_in)
    if app.conduct is Conduct.SERVE:
        return service | _pages(app)
    if app.conduct is Conduct.CRASH:
        return service | {"command": ["sh", "-c", escaped(_CRASH)], "restart": "on-failure"}
    return service | {"command": ["sh", "-c", escaped(_WORK)]}


def escaped(text: str) -> str:
    """A text that Compose takes as it stands."""
    return text.replace("$", "$$")


def _verify(app: App, sign_in: str) -> Document:
    return {
        "image": HAPROXY,
        "user": "0:0",
        "command": ["haproxy", "-f", "/etc/haproxy/verify.cfg"],
        "environment": {"SIGN_IN": sign_in},
        "volumes": [_bind("./verify", "/etc/haproxy")],
        "expose": [str(app.port)],
        "healthcheck": _check(f"http://127.0.0.1:{app.port}/healthz"),
    }


def _pages(app: App) -> Document:
    """The httpd of busybox with a page or two."""
    httpd = ["httpd", "-f", "-p", str(app.port), "-h", "/www"]
    check = _check(f"http://127.0.0.1:{app.port}/")
    volumes: list[Document] = [_bind("./pages", "/www")]
    if app.sick and app.copies == 1:
        check["test"] = ["CMD", "false"]
    elif app.sick:
        httpd = ["sh", "-c", f"{_ONE_SICK}{' '.join(httpd)}"]
        volumes.append({"type": "volume", "source": f"{app.name}-turn", "target": "/turn"})
    return {"command": httpd, "volumes": volumes, "expose": [str(app.port)], "healthcheck": check}


def _bind(source: str, target: str) -> Document:
    bind = {"create_host_path": False}
    return {"type": "bind", "source": source, "target": target, "read_only": True, "bind": bind}


def _check(url: str) -> Document:
    return {"test": ["CMD", "wget", "-q", "-O", "/dev/null", url], "interval": "2s", "timeout": "3s", "retries": 2}
