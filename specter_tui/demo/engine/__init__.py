"""A small container engine: the Docker Engine API on a unix socket, with local processes for containers.

Traefik's Docker provider, the docker SDK and the docker command line work with it: ping, version, info, list, inspect,
start, stop, restart, kill, logs, stats, events, networks, images. There is no exec, attach, create or remove.

    specs = [
        ContainerSpec(
            name="wiki",
            image="wiki:1",
            command=(sys.executable, "-m", "http.server", "8000"),  # listens on $CONTAINER_ADDRESS, port 8000
            labels={"traefik.http.routers.wiki.rule": "Host(`wiki.localhost`)"},
            ports=(8000,),  # Traefik takes the lowest unless a label names one
            networks=("proxy",),
            health=HealthCheck(port=8000, path="/health", interval=1, timeout=1, retries=2),
            restart=Restart.UNLESS_STOPPED,
        )
    ]
    async with LocalEngine(specs, folder / "docker.sock") as engine:
        engine.host  # "unix:///.../docker.sock": DOCKER_HOST, Traefik's providers.docker.endpoint, docker.host
        engine.container("wiki").address  # "127.A.B.N"; also .start(), .stop(), .restart(), .kill(): ApiError
        engine.container("wiki").state  # and .health, .log, .restarts
        engine.listeners  # how many clients follow the events

The socket's folder must be the owner's alone (0700; it is made where it is missing). A process runs in a session of its
own and is signalled with its whole group; the group ends with its first process, and with the engine, however that
ends. As a program: `python -m specter_tui.demo.engine SPECS.json SOCKET`, where the file holds a list of objects with
ContainerSpec's fields; it prints the host once it listens, and ends on SIGINT, SIGTERM or SIGHUP.
"""

from specter_tui.demo.engine.engine import LocalEngine
from specter_tui.demo.engine.errors import ApiError
from specter_tui.demo.engine.spec import ContainerSpec, HealthCheck, Published, Restart, SpecError, read_specs

__all__ = ["ApiError", "ContainerSpec", "HealthCheck", "LocalEngine", "Published", "Restart", "SpecError", "read_specs"]
