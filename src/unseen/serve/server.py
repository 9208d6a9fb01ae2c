"""Serve a run until it is asked to stop: finish what was taken, refuse the rest."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from unseen.errors import SettingError
from unseen.records import AskedHand
from unseen.serve.app import Service, make_app
from unseen.serve.connection import BoundedConnection
from unseen.serve.guard import LOCAL_NAMES, Door
from unseen.serve.limits import Limits
from unseen.serve.project import Project

LEAST_TOKEN = 16
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens. names: further names it is asked by. certificate, key: files, for https."""

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    names: tuple[str, ...] = ()
    certificate: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        """Refuse an open door."""
        if self.host not in LOOPBACK and not self.token:
            raise SettingError("host", f"{self.host} lets other machines in: add --token with {LEAST_TOKEN} characters")
        if self.token is not None and (len(self.token) < LEAST_TOKEN or not self.token.isascii()):
            raise SettingError("token", f"needs {LEAST_TOKEN} or more plain characters: openssl rand -hex 16 makes one")
        if (self.certificate is None) != (self.key is None):
            raise SettingError("certificate", "and --key go together: give both, or neither")

    @property
    def door(self) -> Door:
        """Who is let in."""
        everywhere = self.host in EVERYWHERE
        own = (socket.gethostname(), f"{socket.gethostname()}.local") if everywhere else (self.host,)
        return Door((*LOCAL_NAMES, *own, *self.names), self.token, any_address=everywhere)

    def url(self, port: int) -> str:
        """Return the address to open."""
        host = "127.0.0.1" if self.host in EVERYWHERE else f"[{self.host}]" if ":" in self.host else self.host
        address = f"http{'s' if self.certificate else ''}://{host}:{port}/"
        return f"{address}?token={self.token}" if self.token else address


def serve(
    run: str | None,
    address: Address,
    ready: Callable[[str], object],
    project: Path | None = None,
    limits: Limits | None = None,
    hand: AskedHand | None = None,
) -> None:
    """Serve the bundle of `run`; call `ready` with the address once requests are taken; return once it is stopped.

    project: where photos that are recorded on the page are kept; `run` may be `None` then, until a model is taught.
    hand: of two hands in a photo, the one that is meant.
    """
    limits = limits or Limits()
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # as uvicorn's below
    _allow_many_connections()
    service = Service(run, limits, Project(project) if project else None, hand)
    listening = _listen(address)
    config = uvicorn.Config(
        make_app(service, address.door),
        http=BoundedConnection,
        log_level="error",  # whoever sends what is no HTTP would fill the log with warnings
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=limits.frame_bytes,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(limits.seconds),
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
    )
    server = _Server(config, lambda: ready(address.url(listening.getsockname()[1])))
    with _signals_are_handled_once():
        asyncio.run(server.serve([listening]))


def _allow_many_connections() -> None:
    """Raise the number of files that may be open as far as it may be: each connection is one, and 1024 are few."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address.host, address.port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise SettingError(
            "port", f"{address.port} at {address.host} cannot be had ({error.strerror}): use another"
        ) from None
    return listening


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


class _signals_are_handled_once:  # noqa: N801 - read as a sentence
    """uvicorn raises the signal that stopped it once more at its end; a server that was asked to stop ends well."""

    def __enter__(self) -> None:
        numbers = (signal.SIGINT, signal.SIGTERM)
        self._before = {number: signal.signal(number, lambda *_: None) for number in numbers}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
